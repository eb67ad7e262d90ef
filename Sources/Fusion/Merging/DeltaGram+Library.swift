internal import Formats
internal import LinearAlgebra
internal import Workers

extension DeltaGram {
  /// Modules whose inner products are in memory at once.
  private static let batchSize = 64

  /// The inner products of the deltas of `library`, summed over the modules, from the factors.
  ///
  /// - Throws: `FormatError` for a factor that is not finite.
  package init(of library: AdapterLibrary, threads: Int) throws {
    let count = library.members.count
    let union = try ModuleUnion(of: library.members, active: Array(library.members.indices))
    let reader = PartReader(library.members)
    var products = [Double](repeating: 0, count: count * count)
    for start in stride(from: 0, to: union.units.count, by: Self.batchSize) {
      let batch = union.units[start..<min(start + Self.batchSize, union.units.count)].map(\.entries)
      let parts = try parallelMap(count: batch.count, threads: threads) { index in
        try Self.products(of: batch[index], reader)
      }
      // Added in the order of the modules, so that the sum is the same on every run.
      for (part, entries) in zip(parts, batch) {
        for (row, first) in entries.enumerated() {
          for (column, second) in entries.enumerated() {
            products[first.adapter * count + second.adapter] += part[row * entries.count + column]
          }
        }
      }
    }
    try self.init(count: count, products: products)
  }

  private static func products(
    of entries: [ModuleUnion.Entry], _ reader: PartReader
  ) throws -> [Double] {
    let rowCount = entries.flatMap(\.moves).map { $0.destination + $0.source.count }.max() ?? 0
    let factors = try entries.map { try reader.factors(of: $0, rowCount: rowCount) }
    var products = [Double](repeating: 0, count: entries.count * entries.count)
    for row in entries.indices {
      for column in row..<entries.count {
        let (a, b) = (factors[row], factors[column])
        let scale = entries[row].module.scale.value * entries[column].module.scale.value
        let product = scale * frobeniusInner(a.up, a.down, b.up, b.down)
        products[row * entries.count + column] = product
        products[column * entries.count + row] = product
      }
    }
    return products
  }
}
