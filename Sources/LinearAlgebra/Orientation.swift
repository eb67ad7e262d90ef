/// How a product reads an operand: op(A) in the BLAS documentation.
package enum Orientation: Sendable, Hashable, CaseIterable {
  case asStored, transposed
}
