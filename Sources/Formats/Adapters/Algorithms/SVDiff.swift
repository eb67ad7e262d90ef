/// Shifts of a weight's singular values, largest value first.
///
/// - `shifts`: as many as the lesser extent of the weight as a matrix `[out, in…]`; one for a
///   vector, which is a matrix of one row.
///
/// Source: Han et al., *SVDiff* (arXiv:2303.11305), equation 3; svdiff-pytorch.
package struct SVDiff: StoredAlgorithm {
  package let name = "SVDiff"
  package let shifts: TensorEntry

  init(_ group: TensorGroup) throws(ModuleFault) {
    shifts = try group.require(.spectralShift, "SVDiff without its shifts")
    _ = try shifts.checkVector()
  }

  package var tensors: [TensorEntry] { [shifts] }
  package var rank: Int? { nil }
  package var weightShape: [Int]? { nil }
}
