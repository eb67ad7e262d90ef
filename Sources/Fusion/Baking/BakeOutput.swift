package import Formats
internal import LinearAlgebra
internal import Synchronization

/// Writes what a ``BakePlan`` says, in the layout of the base.
package struct BakeOutput: Sendable {
  /// What was written.
  package struct Result: Sendable {
    /// All files together.
    package let byteCount: Int
    /// `‖rounded − exact‖ / ‖delta‖`, of all tensors that changed; 0 where nothing did.
    package let roundingLoss: Double
    /// The squared Frobenius norm of what was added to each target, in the order of the plan's.
    package let deltaSquares: [Double]
  }

  private let plan: BakePlan
  private let files: [PlannedFile]
  private let baker: TensorBaker

  /// One file with changes, or that of a model of one file.
  private struct PlannedFile: Sendable {
    /// Its index in the base.
    let index: Int
    let layout: SafetensorsLayout
    let destination: SafetensorsDestination
    let units: [CheckpointWriter.Unit]
    /// For each unit, the target and the rows of it that are computed; nil for copies.
    let work: [(target: Int, rows: Range<Int>)?]
  }

  /// How many bytes are computed, or copied, together.
  private static let unitByteCount = 16 << 20

  /// Plans the files.
  ///
  /// - Parameters:
  ///   - plan: what changes.
  ///   - metadata: with hashes that have their final length.
  ///   - spectra: where singular values are kept.
  ///   - destination: where the file of that index in the base goes.
  /// - Throws: `FormatError` when a header would be larger than readers accept.
  package init(
    _ plan: BakePlan, metadata: BakedMetadata, spectra: SpectrumCache? = nil,
    destination: (Int) throws -> SafetensorsDestination
  ) throws {
    self.plan = plan
    baker = TensorBaker(plan, spectra: spectra)
    files = try Self.changedFiles(of: plan).map { index in
      try Self.file(index, plan, metadata, try destination(index))
    }
  }

  /// The indices of the base's files that are written anew; the others are copied whole.
  package static func changedFiles(of plan: BakePlan) -> [Int] {
    guard plan.checkpoint.isFolder else { return [0] }
    return Set(plan.targets.map(\.tensor.file)).sorted()
  }

  private static func file(
    _ index: Int, _ plan: BakePlan, _ metadata: BakedMetadata, _ destination: SafetensorsDestination
  ) throws -> PlannedFile {
    let source = plan.checkpoint.files[index].tensors
    let layout = try SafetensorsLayout(
      keeping: source.header, metadata: metadata.entries(of: source), file: destination.name,
      aligned: destination.zstdLevel == nil)
    var units: [CheckpointWriter.Unit] = []
    var work: [(target: Int, rows: Range<Int>)?] = []
    var position = 0
    func copy(upTo end: Int) {
      while position < end {
        let range = position..<min(position + unitByteCount, end)
        units.append(.init(range: range, source: StoredData(file: source, range: range)))
        work.append(nil)
        position = range.upperBound
      }
    }
    for (number, target) in plan.targets.enumerated() where target.tensor.file == index {
      let range = target.tensor.entry.byteRange
      copy(upTo: range.lowerBound)
      let stride = max(1, target.tensor.columns * target.storage.format.byteCount)
      let height = target.hasStoredFactors ? max(1, unitByteCount / stride) : target.tensor.rows
      for first in Swift.stride(from: 0, to: target.tensor.rows, by: max(1, height)) {
        let rows = first..<min(first + height, target.tensor.rows)
        let start = range.lowerBound + rows.lowerBound * stride
        let bytes = start..<start + rows.count * stride
        guard !bytes.isEmpty else { continue }
        units.append(.init(range: bytes, source: nil))
        work.append((number, rows))
      }
      position = range.upperBound
    }
    copy(upTo: layout.dataByteCount)
    return PlannedFile(
      index: index, layout: layout, destination: destination, units: units, work: work)
  }

  /// The size of the plain files that are written anew.
  package var plainByteCount: Int { files.reduce(0) { $0 + $1.layout.fileByteCount } }

  /// The room that the files will take on the disk; of those that are compressed, as much as the
  /// base's takes.
  package var storedByteCount: Int {
    files.reduce(0) { sum, file in
      let base = plan.checkpoint.files[file.index].tensors.byteCount
      return sum + (file.destination.zstdLevel == nil ? file.layout.fileByteCount : base)
    }
  }

  /// The memory that computing will need at most, in bytes, beside the program itself.
  package func peakByteCount(threads: Int) -> Int {
    let unit = files.flatMap(\.units).filter { $0.source == nil }.map(\.range.count).max() ?? 0
    let factored = plan.targets.filter(\.isFactored).map { target in
      let ranks = target.groups.flatMap(\.parts).reduce(0) { $0 + ($1.rank ?? 0) }
      let (rows, columns) = (target.tensor.rows, target.tensor.columns)
      return 4 * (min(rows * columns, 1 << 20) + ranks * (rows + columns))
    }
    let whole = plan.targets.filter { !$0.isFactored }.map(\.workByteCount)
    let together = max(
      whole.max() ?? 0, min(threads * (whole.max() ?? 0), TensorBaker.wholeByteCount))
    let compression = files.contains { $0.destination.zstdLevel != nil } ? 300 << 20 : 0
    return 3 * threads * (unit + (factored.max() ?? 0)) + together + compression + (96 << 20)
  }

  /// Computes and writes the files; each appears when it is complete.
  ///
  /// - Parameters:
  ///   - threads: how many cores to use.
  ///   - metadata: the final metadata; called when all else is written.
  ///   - progress: is told how many units are done, and of how many.
  /// - Returns: the size of the files, and what rounding took.
  /// - Throws: `FormatError` of inputs and output.
  package func write(
    threads: Int, metadata: @Sendable () throws -> BakedMetadata,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Result {
    let sums = Mutex([Int: [Int: RoundedSum]]())
    let total = files.reduce(0) { $0 + $1.work.count { $0 != nil } }
    let done = Mutex(0)
    let writer = CheckpointWriter(
      files.map { .init(layout: $0.layout, units: $0.units, destination: $0.destination) },
      threads: threads)
    let headers: @Sendable () throws -> [[UInt8]] = {
      let metadata = try metadata()
      return try files.map { file in
        let source = plan.checkpoint.files[file.index].tensors
        return try SafetensorsLayout(
          keeping: source.header, metadata: metadata.entries(of: source),
          file: file.destination.name, aligned: file.destination.zstdLevel == nil
        ).header
      }
    }
    let byteCount = try writer.write(headers: headers) { file, unit, buffer in
      guard let (target, rows) = files[file].work[unit] else { return }
      let sum = try baker.bake(plan.targets[target], rows: rows, into: buffer)
      sums.withLock { $0[target, default: [:]][rows.lowerBound] = sum }
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, total)
    }
    return Result(byteCount: byteCount, sums: self.sums(sums.withLock { $0 }))
  }

  /// One sum per target, of its units in the order of their rows, so that numbers are the same on
  /// every run.
  private func sums(_ sums: [Int: [Int: RoundedSum]]) -> [RoundedSum] {
    plan.targets.indices.map { target in
      let rows = sums[target] ?? [:]
      return rows.keys.sorted().compactMap { rows[$0] }.reduce(into: RoundedSum()) { $0 += $1 }
    }
  }
}

extension BakeOutput.Result {
  fileprivate init(byteCount: Int, sums: [RoundedSum]) {
    self.byteCount = byteCount
    deltaSquares = sums.map(\.deltaSquared)
    let total = sums.reduce(into: RoundedSum()) { $0 += $1 }
    roundingLoss =
      total.deltaSquared > 0 ? (total.lostSquared / total.deltaSquared).squareRoot() : 0
  }
}
