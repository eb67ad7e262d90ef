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
    var modules: [ModuleTarget: [(adapter: Int, module: AdapterModule)]] = [:]
    for (index, member) in library.members.enumerated() {
      for module in member.file.modules {
        modules[module.target, default: []].append((index, module))
      }
    }
    let targets = modules.keys.sorted()
    let reader = FactorReader(library.members)
    var products = [Double](repeating: 0, count: count * count)
    for start in stride(from: 0, to: targets.count, by: Self.batchSize) {
      let batch = targets[start..<min(start + Self.batchSize, targets.count)]
        .map { modules[$0] ?? [] }
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
    of entries: [(adapter: Int, module: AdapterModule)], _ reader: FactorReader
  ) throws -> [Double] {
    let factors = try entries.map { entry in
      try (
        up: reader.matrix(of: entry.module.up, rows: entry.module.outFeatures, entry.adapter),
        down: reader.matrix(of: entry.module.down, rows: entry.module.rank, entry.adapter)
      )
    }
    var products = [Double](repeating: 0, count: entries.count * entries.count)
    for row in entries.indices {
      for column in row..<entries.count {
        let (a, b) = (factors[row], factors[column])
        guard a.up.rows == b.up.rows, a.down.columns == b.down.columns else {
          throw FusionError(
            .data, "module '\(entries[row].module.target)' has different shapes in two adapters")
        }
        let scale = entries[row].module.scale.value * entries[column].module.scale.value
        let product = scale * frobeniusInner(a.up, a.down, b.up, b.down)
        products[row * entries.count + column] = product
        products[column * entries.count + row] = product
      }
    }
    return products
  }
}

extension FactorReader {
  /// The factor `entry` as a matrix of `rows`.
  fileprivate func matrix(of entry: TensorEntry, rows: Int, _ adapter: Int) throws -> Matrix {
    let values = try withBytes(of: entry, adapter: adapter) { HalfPrecision.widen($0, as: $1) }
    return Matrix(rows: rows, columns: values.count / max(1, rows), elements: values)
  }
}
