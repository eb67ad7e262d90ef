/// The Frobenius inner products `⟨ΔWᵢ, ΔWⱼ⟩` of adapters' deltas, over all modules.
package struct DeltaGram: Sendable, Equatable {
  package let count: Int
  /// Row by row, `[count, count]`, symmetric.
  private let products: [Double]

  /// Takes inner products row by row, `[count, count]`, symmetric.
  ///
  /// - Throws: `FusionError` when a product is not finite or the diagonal is negative.
  package init(count: Int, products: [Double]) throws(FusionError) {
    precondition(products.count == count * count, "a Gram matrix is square")
    guard products.allSatisfy(\.isFinite) else {
      throw FusionError(.data, "inner products of deltas are not finite")
    }
    guard (0..<count).allSatisfy({ products[$0 * count + $0] >= 0 }) else {
      throw FusionError(.data, "a delta has a negative squared norm")
    }
    (self.count, self.products) = (count, products)
  }

  /// `⟨ΔWᵢ, ΔWⱼ⟩` of the adapters `row` and `column`.
  package subscript(row: Int, column: Int) -> Double { products[row * count + column] }

  /// `Σ shareᵢ‖ΔWᵢ‖ / ‖Σ shareᵢΔWᵢ‖`; 1 when every delta that has a share is zero.
  ///
  /// - Throws: `FusionError` when the deltas cancel, so that no factor restores their norm.
  func normPreservingGain(of shares: [Double]) throws(FusionError) -> Double {
    precondition(shares.count == count, "one share per delta")
    var wanted = 0.0
    var squared = 0.0
    for row in 0..<count where shares[row] != 0 {
      wanted += shares[row] * products[row * count + row].squareRoot()
      for column in 0..<count where shares[column] != 0 {
        squared += shares[row] * shares[column] * products[row * count + column]
      }
    }
    guard wanted > 0 else { return 1 }
    guard squared > Self.cancelled * wanted * wanted else {
      throw FusionError(
        .data, "the deltas of the selected adapters cancel, so their norm cannot be kept",
        hint: "use the gate or sum mix")
    }
    return wanted / squared.squareRoot()
  }

  /// A squared norm below this part of the wanted one is rounding error.
  private static let cancelled = 1e-12
}
