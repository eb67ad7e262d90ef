import Formats
import Foundation

/// A safetensors file with any tensors, for tests.
struct TensorFile {
  struct Tensor {
    var name: String
    var shape: [Int]
    var values: [Float]

    /// Values between -0.5 and 0.5 from a fixed generator.
    static func random(_ name: String, _ shape: [Int], seed: UInt64) -> Tensor {
      var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 12345
      let values = (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(bitPattern: state) >> 40) / Float(1 << 24)
      }
      return Tensor(name: name, shape: shape, values: values)
    }

    static func number(_ name: String, _ value: Float) -> Tensor {
      Tensor(name: name, shape: [], values: [value])
    }
  }

  var tensors: [Tensor]
  var metadata: [String: String] = [:]
  /// The `adapter_config.json` of a PEFT folder.
  var config: String?

  /// Writes the file at `path`, or a PEFT folder there, and returns the path.
  @discardableResult func write(to path: String) throws -> String {
    var file = path
    if let config {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(config.utf8).write(to: URL(fileURLWithPath: "\(path)/adapter_config.json"))
      file = "\(path)/adapter_model.safetensors"
    }
    let layout = try SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, dtype: .f32, shape: $0.shape) },
      metadata: metadata, file: file)
    let values = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    var data = Data(layout.header)
    for entry in layout.entries {
      (values[entry.name.string] ?? []).withUnsafeBytes { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: file))
    return path
  }
}
