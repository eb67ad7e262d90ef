internal import Formats
internal import LinearAlgebra

/// The builtin encoder's tensors, found by name in the embedded safetensors file.
struct BuiltinWeights: TensorSource {
  private let entries: [TensorName: TensorEntry]
  private let dataOffset: Int

  init() throws(TextEncoderError) {
    let (json, byteCount) = BuiltinData.withWeights { file in
      let length = Int(file.littleEndian64(at: 0) ?? 0)
      return (file.extracting(8..<8 + length).copied(), file.byteCount)
    }
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(parsing: json, fileByteCount: byteCount, file: "builtin")
    } catch {
      throw TextEncoderError(.unusableWeights(problem: error.description))
    }
    dataOffset = header.dataOffset
    entries = Dictionary(
      header.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// An int8 matrix, which stays where it is, with its float16 scales.
  func matrix(_ name: String, rows: Int, columns: Int) throws(TextEncoderError) -> StoredMatrix {
    let values = try entry(name, .i8, shape: [rows, columns])
    let scales = try floats(entry(name + ".scale", .f16, shape: [rows]), as: .f16)
    return StoredMatrix(
      BuiltinMatrix(
        offset: dataOffset + values.byteRange.lowerBound, columns: columns, scales: scales))
  }

  func vector(_ name: String, count: Int) throws(TextEncoderError) -> [Float] {
    try floats(entry(name, .f32, shape: [count]), as: .f32)
  }

  func contains(_ name: String) -> Bool { entries[TensorName(name)] != nil }

  private func floats(_ entry: TensorEntry, as format: FloatFormat) -> [Float] {
    let range = dataOffset + entry.byteRange.lowerBound..<dataOffset + entry.byteRange.upperBound
    return BuiltinData.withWeights { HalfPrecision.widen($0.extracting(range), as: format) }
  }

  private func entry(
    _ name: String, _ dtype: DType, shape: [Int]
  ) throws(TextEncoderError) -> TensorEntry {
    guard let entry = entries[TensorName(name)] else {
      throw TextEncoderError(.unusableTensor(name: name, problem: "is missing"))
    }
    guard entry.dtype == dtype, entry.shape == shape else {
      let problem =
        "is \(entry.dtype.rawValue) \(entry.shape), expected \(dtype.rawValue) \(shape)"
      throw TextEncoderError(.unusableTensor(name: name, problem: problem))
    }
    return entry
  }
}
