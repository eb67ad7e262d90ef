package import Formats

/// How much of a fused delta is kept.
package enum RankOption: Sendable, Hashable, CustomStringConvertible {
  case exact
  /// The best approximation of at most this rank, per module.
  case rank(Int)
  /// Per module, the least rank that keeps this share of the squared Frobenius norm, in `0...1`.
  case energy(Double)

  /// Reads `exact`, `32` or `99%`.
  package init?(_ text: String) {
    if text == "exact" {
      self = .exact
    } else if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), percent > 0, percent <= 100 else { return nil }
      self = .energy(percent / 100)
    } else {
      guard let rank = Int(text), rank > 0 else { return nil }
      self = .rank(rank)
    }
  }

  private static func shortest(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }

  package var description: String {
    switch self {
    case .exact: "exact"
    case .rank(let rank): "\(rank)"
    case .energy(let share):
      // A percentage was typed, so it has few digits.
      Self.shortest((share * 1e11).rounded() / 1e9) + "%"
    }
  }
}

/// What the written adapter is to look like; nil takes it from the first adapter.
package struct MergeOptions: Sendable {
  package var rank: RankOption
  package var dialect: AdapterDialect?
  package var dtype: DType?

  package init(
    rank: RankOption = .exact, dialect: AdapterDialect? = nil, dtype: DType? = nil
  ) {
    (self.rank, self.dialect, self.dtype) = (rank, dialect, dtype)
  }
}
