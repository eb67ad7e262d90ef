/// Embeddings of length 1, `[count, dimension]`, between which a dot product is a cosine.
///
/// Rows are stored as `Float` in groups of eight, the last group padded with zeros. A row that
/// was zero stays zero: it has no direction, and its cosine with everything is 0.
package struct UnitVectors: Sendable, Equatable {
  package let count: Int
  package let dimension: Int
  /// Groups of eight components per row.
  let stride: Int
  let storage: [SIMD8<Float>]

  /// Scales each row to length 1.
  ///
  /// - Parameter rows: vectors of one length, of any norm.
  /// - Throws: `FusionError` when lengths differ or a component is not finite.
  package init(_ rows: [[Float]]) throws(FusionError) {
    try self.init(meansOf: rows.map { [$0] })
  }

  /// The mean direction of each group: rows scaled to length 1, averaged, scaled to length 1.
  ///
  /// This is how several key texts make one key.
  ///
  /// - Parameter groups: for each vector of the result, the rows it stands for; none gives zero.
  /// - Throws: `FusionError` when lengths differ or a component is not finite.
  package init(meansOf groups: [[[Float]]]) throws(FusionError) {
    count = groups.count
    dimension = groups.lazy.joined().first?.count ?? 0
    stride = (dimension + 7) / 8
    var storage: [SIMD8<Float>] = []
    storage.reserveCapacity(count * stride)
    for group in groups {
      var mean = [Double](repeating: 0, count: dimension)
      for row in group {
        let unit = try Self.unit(row.map(Double.init), dimension: dimension)
        for index in mean.indices { mean[index] += unit[index] }
      }
      Self.append(group.count == 1 ? mean : try Self.unit(mean, dimension: dimension), to: &storage)
    }
    self.storage = storage
  }

  private static func unit(
    _ row: [Double], dimension: Int
  ) throws(FusionError) -> [Double] {
    guard row.count == dimension else {
      throw FusionError(
        .data, "an embedding has \(row.count) components where others have \(dimension)")
    }
    let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm.isFinite else {
      throw FusionError(.data, "an embedding has components that are not finite")
    }
    return norm > 0 ? row.map { $0 / norm } : row
  }

  private static func append(_ row: [Double], to storage: inout [SIMD8<Float>]) {
    for start in Swift.stride(from: 0, to: row.count, by: 8) {
      var group = SIMD8<Float>.zero
      for lane in 0..<min(8, row.count - start) { group[lane] = Float(row[start + lane]) }
      storage.append(group)
    }
  }
}
