internal import Formats
internal import LinearAlgebra

extension DeltaReader {
  /// The singular values of the delta of `module`, largest first and without its scale.
  ///
  /// Nil for a LoHa of full rank that stands for a larger matrix than models have.
  ///
  /// - Precondition: the module needs no base.
  /// - Throws: `FormatError` for an element that is not finite, `LinearAlgebraError`.
  func singularValues(of module: AdapterModule, adapter: Int) throws -> [Double]? {
    let source = Source(factors: factors, adapter: adapter)
    switch module.algorithm {
    case .lokr(let lokr): return try source.singularValues(of: lokr)
    case .loha(let loha) where module.factorRank == nil:
      return try source.singularValues(of: loha)
    default: break
    }
    switch try delta(of: module, adapter: adapter) {
    case .lowRank(let up, let down, _): return try SingularValues.of(up: up, down: down)
    case .dense(let matrix, _): return try SingularValues.of(dense: DoubleMatrix(matrix))
    case .needsBase: preconditionFailure("needs a base")
    }
  }
}

extension DeltaReader.Source {
  /// Those of `W₁ ⊗ W₂`: all products of one of each.
  ///
  /// Source: Horn and Johnson, *Topics in Matrix Analysis* (1991), theorem 4.2.15.
  fileprivate func singularValues(of lokr: LoKr) throws -> [Double] {
    let (first, second) = (try singularValues(of: lokr.first), try singularValues(of: lokr.second))
    guard let largest = first.first, let other = second.first else { return [] }
    let products = first.flatMap { a in second.map { a * $0 } }.sorted(by: >)
    // As for factors, what is zero in the precision of the sums is left out.
    let limit = (Double(products.count) * .ulpOfOne).squareRoot() * largest * other
    return Array(products.prefix { $0 > limit })
  }

  private func singularValues(of side: LoKr.Side) throws -> [Double] {
    if case .whole(let whole) = side {
      return try SingularValues.of(dense: DoubleMatrix(try matrix(whole)))
    }
    let pair = try factors(side)
    return try SingularValues.of(up: pair.up, down: pair.down)
  }

  /// Those of `(B₁ A₁) ∘ (B₂ A₂)`, a part of whose rows is in memory at a time.
  fileprivate func singularValues(of loha: LoHa) throws -> [Double]? {
    let (first, second) = (try pair(loha.first), try pair(loha.second))
    let (rows, columns) = (first.up.rows, first.down.columns)
    let (elements, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard min(rows, columns) <= Self.largestGram, !overflow, elements <= Self.largestMatrix else {
      return nil
    }
    return try SingularValues.of(
      elementwiseProductOf: (first.up, first.down), (second.up, second.down))
  }

  /// More than the smaller extent of any weight that LoHa is trained for; its Gram matrix has 128 MB.
  private static let largestGram = 4096
  private static let largestMatrix = 1 << 27
}
