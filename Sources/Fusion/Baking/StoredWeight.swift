internal import Formats
internal import LinearAlgebra

/// How the elements of a tensor of the base are stored.
struct StoredWeight: Sendable {
  let format: FloatFormat
  /// What elements are multiplied with: nothing, one factor for all, or one for each row.
  let scales: [Float]

  /// - Throws: `FormatError` for a tensor that is not of floating-point numbers, or whose scale is missing
  ///   or not understood.
  init(of tensor: CheckpointTensor, in checkpoint: Checkpoint) throws {
    let (file, entry) = (checkpoint.files[tensor.file].tensors, tensor.entry)
    switch entry.dtype {
    case .f32: format = .f32
    case .f16: format = .f16
    case .bf16: format = .bf16
    case .f8e4m3: format = .f8e4m3
    case .f8e5m2: format = .f8e5m2
    default:
      throw FormatError(
        .unsupported, file: file.path, place: "tensor '\(entry.name)'",
        "is \(entry.dtype.rawValue); expected F32, F16, BF16, F8_E4M3 or F8_E5M2",
        remedy: "bake into the model as it was before it was quantised")
    }
    scales =
      format == .f8e4m3 || format == .f8e5m2 ? try Self.scales(of: tensor, in: checkpoint) : []
  }

  private static let suffixes = ["scale_weight", "weight_scale"]

  /// The factors in the tensor beside `NAME.weight` that is called `NAME.scale_weight` or
  /// `NAME.weight_scale`; where a tensor `scaled_fp8` says that there are some, there must be.
  private static func scales(
    of tensor: CheckpointTensor, in checkpoint: Checkpoint
  ) throws -> [Float] {
    let name = tensor.entry.name.string
    let file = checkpoint.files[tensor.file].tensors
    guard name.hasSuffix(".weight") else { return [] }
    let stem = name.dropLast("weight".count)
    for suffix in suffixes {
      guard let (index, entry) = checkpoint.companion(stem + suffix, of: tensor) else { continue }
      return try scales(entry, in: checkpoint.files[index].tensors, rows: tensor.rows)
    }
    func fault(_ problem: String) -> FormatError {
      FormatError(
        .unsupported, file: file.path, place: "tensor '\(tensor.entry.name)'", problem,
        remedy: "bake into the model as it was before it was quantised")
    }
    if checkpoint.companion(stem + "weight_scale_inv", of: tensor) != nil {
      throw fault("has a scale for each block ('weight_scale_inv'), which is not read")
    }
    let isMarked = file.header.tensors.contains { $0.name.string.hasSuffix("scaled_fp8") }
    if isMarked, tensor.entry.shape.count > 1 {
      throw fault(
        "has no '\(printable(String(stem)))scale_weight', though 'scaled_fp8' says it is scaled")
    }
    return []
  }

  private static func scales(
    _ entry: TensorEntry, in file: SafetensorsFile, rows: Int
  ) throws -> [Float] {
    func fault(_ problem: String) -> FormatError {
      FormatError(.unacceptable, file: file.path, place: "tensor '\(entry.name)'", problem)
    }
    guard [.f32, .f16, .bf16].contains(entry.dtype),
      entry.elementCount == 1 || entry.elementCount == rows
    else {
      throw fault("is \(entry.dtype.rawValue) \(entry.shape), expected 1 or \(rows) factors")
    }
    let format = try FloatFormat(entry.dtype, in: file.path)
    let values = try file.withBytes(of: entry) { HalfPrecision.widen($0, as: format) }
    guard values.allSatisfy({ $0.isFinite && $0 != 0 }) else {
      throw fault("holds a factor that is zero, infinite or NaN")
    }
    return values
  }

  /// The values of whole rows, of `columns` elements each, the first of which is `firstRow`.
  func widened(_ bytes: RawSpan, firstRow: Int, columns: Int) -> [Float] {
    var values = HalfPrecision.widen(bytes, as: format)
    guard !scales.isEmpty else { return values }
    for index in values.indices {
      values[index] *= scales.count == 1 ? scales[0] : scales[firstRow + index / max(1, columns)]
    }
    return values
  }

  /// Stores the whole tensor of `bytes` as `change` makes it in `output`.
  func apply(
    _ change: StoredChange, to bytes: RawSpan, into output: inout MutableRawSpan
  ) -> RoundedSum {
    let columns = change.delta.columns
    let delta = change.delta.elements.span
    guard !change.isSum else {
      return add(delta, to: bytes, firstRow: 0, columns: columns, into: &output)
    }
    var sum = RoundedSum()
    let zeros = [UInt8](repeating: 0, count: columns * format.byteCount)
    for row in 0..<change.delta.rows {
      let part = row * zeros.count..<(row + 1) * zeros.count
      let old = bytes.extracting(part)
      let added = delta.extracting(row * columns..<(row + 1) * columns)
      let scale = scales.isEmpty ? 1 : scales[scales.count == 1 ? 0 : row]
      guard change.replaces(row: row) else {
        sum += addAndRound(
          added, to: old, as: format, scale: scale, into: &output, at: part.lowerBound)
        continue
      }
      let (mixed, squares) = mix(row, old, added, change)
      var rounded = zeros.withRawBytes {
        addAndRound(
          mixed.span, to: $0, as: format, scale: scale, into: &output, at: part.lowerBound)
      }
      rounded.deltaSquared = squares
      sum += rounded
    }
    return sum
  }

  /// A row of which a part is replaced, and the squared norm of what changes.
  private func mix(
    _ row: Int, _ old: RawSpan, _ added: Span<Float>, _ change: StoredChange
  ) -> (values: [Float], squares: Double) {
    var values = widened(old, firstRow: row, columns: added.count)
    var squares = 0.0
    for column in values.indices {
      let kept = change.kept(row: row, column: column)
      let base = Double(values[column])
      // What is replaced whole does not matter, not even an element that is no number.
      let result = (kept == 0 ? 0 : kept * base) + Double(added[column])
      squares += (result - base) * (result - base)
      values[column] = Float(result)
    }
    return (values, squares)
  }

  /// Stores `bytes + delta`, whole rows of which the first is `firstRow`, in `output`.
  func add(
    _ delta: Span<Float>, to bytes: RawSpan, firstRow: Int, columns: Int,
    into output: inout MutableRawSpan
  ) -> RoundedSum {
    guard scales.count > 1 else {
      return addAndRound(delta, to: bytes, as: format, scale: scales.first ?? 1, into: &output)
    }
    var sum = RoundedSum()
    for row in 0..<delta.count / max(1, columns) {
      let elements = row * columns..<(row + 1) * columns
      let part = elements.lowerBound * format.byteCount..<elements.upperBound * format.byteCount
      sum += addAndRound(
        delta.extracting(elements), to: bytes.extracting(part), as: format,
        scale: scales[firstRow + row], into: &output, at: part.lowerBound)
    }
    return sum
  }
}
