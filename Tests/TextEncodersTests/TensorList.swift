import Formats

/// The tensors of a file, to be changed and written again.
struct TensorList {
  struct Tensor {
    var name: String
    var dtype: DType
    var shape: [Int]
    var bytes: [UInt8]
  }

  var tensors: [Tensor] = []

  init() {}

  init(fixture name: String) throws {
    let file = try SafetensorsFile(path: Fixture.path(name))
    for entry in file.header.tensors {
      tensors.append(
        Tensor(
          name: entry.name.string, dtype: entry.dtype, shape: entry.shape,
          bytes: try file.withBytes(of: entry) { $0.copied() }))
    }
  }

  mutating func append(
    _ name: String, _ dtype: DType, _ shape: [Int], _ bytes: [UInt8]? = nil
  ) {
    let count = dtype.byteCount(ofShape: shape) ?? 0
    tensors.append(
      Tensor(
        name: name, dtype: dtype, shape: shape,
        bytes: bytes ?? [UInt8](repeating: 0, count: count)))
  }

  mutating func append(_ name: String, _ shape: [Int], _ values: [Float]) {
    append(name, .f32, shape, values.flatMap { Self.bytes($0.bitPattern) })
  }

  /// The same tensors, each changed by `change`; those for which it gives nil are left out.
  func mapping(_ change: (Tensor) -> Tensor?) -> TensorList {
    var copy = TensorList()
    copy.tensors = tensors.compactMap(change)
    return copy
  }

  /// The same tensors, with another beginning of those names that have it.
  func renaming(_ prefix: String, to new: String) -> TensorList {
    mapping { tensor in
      var copy = tensor
      if tensor.name.hasPrefix(prefix) { copy.name = new + tensor.name.dropFirst(prefix.count) }
      return copy
    }
  }

  subscript(name: String) -> Tensor? {
    get { tensors.first { $0.name == name } }
    set {
      tensors.removeAll { $0.name == name }
      if let newValue { tensors.append(newValue) }
    }
  }

  func write(to path: String, zstdLevel: Int? = nil) throws {
    let layout = try SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, dtype: $0.dtype, shape: $0.shape) },
      metadata: [:], file: path)
    let writer = SafetensorsWriter(
      layout: layout, units: layout.entries.map(\.byteRange),
      destination: SafetensorsDestination(place: .file(path), zstdLevel: zstdLevel), threads: 1)
    _ = try writer.write { index, buffer in
      let bytes = self[layout.entries[index].name.string]?.bytes ?? []
      buffer.withOutputBytes(0..<buffer.count) { target in
        for (offset, byte) in bytes.enumerated() {
          target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
        }
      }
    }
  }

  static func bytes(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
}
