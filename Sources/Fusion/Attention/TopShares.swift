/// Keeping only the largest shares.
enum TopShares {
  /// The `count` largest of `shares`, scaled to sum to 1, and 0 for the others.
  ///
  /// Of equal shares the earlier stays. Shares that are all 0 stay so.
  static func kept(_ count: Int, of shares: [Double]) -> [Double] {
    guard count < shares.count else { return shares }
    let order = shares.indices.sorted { (shares[$0], $1) > (shares[$1], $0) }
    var kept = [Double](repeating: 0, count: shares.count)
    for index in order.prefix(count) { kept[index] = shares[index] }
    let total = kept.reduce(0, +)
    return total > 0 ? kept.map { $0 / total } : kept
  }
}
