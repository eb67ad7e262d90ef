internal import Formats
internal import LinearAlgebra
internal import Workers

/// Computes the tensors of a base model with the fused delta in them.
struct TensorBaker: Sendable {
  private let plan: BakePlan
  private let reader: PartReader
  private let base: BaseReader
  private let memory = MemoryBudget(byteCount: wholeByteCount)

  /// Elements of the delta that are computed at a time: a few megabytes, which stay in a cache.
  private static let panelElementCount = 1 << 20

  /// What tensors that are computed as a whole may take together, unless one alone needs more.
  static let wholeByteCount = 512 << 20

  init(_ plan: BakePlan, spectra: SpectrumCache?) {
    self.plan = plan
    reader = PartReader(plan.members, spectra: spectra)
    base = BaseReader(checkpoint: plan.checkpoint)
  }

  /// Fills `buffer` with `rows` of a target, which are all of them unless its change is factored.
  ///
  /// - Throws: `FormatError` for an element that is not finite, before or after.
  func bake(
    _ target: BakePlan.Target, rows: Range<Int>, into buffer: UnitBuffer
  ) throws -> RoundedSum {
    guard !target.isFactored else { return try compute(target, rows, into: buffer) }
    return try memory.with(byteCount: target.workByteCount) {
      try compute(target, rows, into: buffer)
    }
  }

  private func compute(
    _ target: BakePlan.Target, _ rows: Range<Int>, into buffer: UnitBuffer
  ) throws -> RoundedSum {
    let file = plan.checkpoint.files[target.tensor.file].tensors
    let stride = target.tensor.columns * target.storage.format.byteCount
    let range = rows.lowerBound * stride..<rows.upperBound * stride
    let start = target.tensor.entry.byteRange.lowerBound
    defer { file.releaseData(start + range.lowerBound..<start + range.upperBound) }
    let sum = try file.withBytes(of: target.tensor.entry, in: range) { bytes in
      if target.isFactored {
        let group = target.groups[0]
        let blocks = try FactorBlocks(of: group, rows: rows, of: target.tensor, reader)
        return addFactored(blocks, rows, bytes, target, into: buffer)
      }
      let change = try whole(target)
      return buffer.withOutputBytes(0..<buffer.count) { output in
        target.storage.apply(change, to: bytes, into: &output)
      }
    }
    guard !sum.overflowed else { throw overflow(target) }
    return sum
  }

  /// Adds products of factors, some rows at a time.
  private func addFactored(
    _ blocks: FactorBlocks, _ rows: Range<Int>, _ bytes: RawSpan, _ target: BakePlan.Target,
    into buffer: UnitBuffer
  ) -> RoundedSum {
    let columns = target.tensor.columns
    let height = max(1, Self.panelElementCount / max(1, columns))
    let size = target.storage.format.byteCount
    var delta = [Float](repeating: 0, count: min(height, rows.count) * columns)
    var sum = RoundedSum()
    for first in stride(from: 0, to: rows.count, by: height) {
      let panel = first..<min(first + height, rows.count)
      blocks.product(ofRows: panel, columns: columns, into: &delta)
      let range = panel.lowerBound * columns * size..<panel.upperBound * columns * size
      sum += buffer.withOutputBytes(range) { output in
        target.storage.add(
          delta.span.extracting(0..<panel.count * columns), to: bytes.extracting(range),
          firstRow: rows.lowerBound + panel.lowerBound, columns: columns, into: &output)
      }
    }
    return sum
  }

  /// The whole change of a target, as it is stored.
  private func whole(_ target: BakePlan.Target) throws -> StoredChange {
    let tensor = target.tensor
    var total = StoredChange(delta: Matrix(zeros: tensor.rows, tensor.columns))
    for group in target.groups {
      let extents =
        group.isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
      var sum: WeightChange
      do {
        sum = try reader.change(
          of: group.parts, in: group.stack, rows: extents.0, columns: extents.1
        ) { try base.matrix(for: $0, near: tensor) }
      } catch let error as FusionError {
        throw misfit(error, group, tensor)
      }
      if group.isTransposed { sum.delta = sum.delta.transposed() }
      total.add(sum, isTransposed: group.isTransposed)
    }
    return total
  }

  private func misfit(
    _ error: FusionError, _ group: BakePlan.Group, _ tensor: CheckpointTensor
  ) -> FormatError {
    let files = group.parts.map { printable(plan.members[$0.adapter].file.path) }
    return FormatError(
      .unacceptable, file: plan.checkpoint.files[tensor.file].tensors.path,
      place: "tensor '\(tensor.entry.name)' of shape \(tensor.entry.shape)",
      "\(error.message) (from \(files.joined(separator: ", ")))", remedy: error.hint)
  }

  private func overflow(_ target: BakePlan.Target) -> FormatError {
    FormatError(
      .unacceptable, file: plan.checkpoint.files[target.tensor.file].tensors.path,
      place: "tensor '\(target.tensor.entry.name)'",
      "a sum is too large for its type, \(target.tensor.entry.dtype.rawValue)",
      remedy: "lower the weights with --strength, or bake into a base of a wider type")
  }
}
