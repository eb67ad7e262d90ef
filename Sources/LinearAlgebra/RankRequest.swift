/// How much of a matrix a recompression keeps.
package enum RankRequest: Sendable, Hashable {
  /// At most so many singular values, at least 1; more than there are means all.
  case rank(Int)
  /// As few singular values as hold this share of the sum of squares, in `0...1`; 1 means all.
  case energy(Double)
}
