import Formats
import Foundation
import LinearAlgebra

/// A base model of any tensors, for tests.
struct SampleBase {
  struct Tensor {
    var name: String
    var dtype: DType
    var shape: [Int]
    var values: [Float]

    /// Values between -`scale` and `scale` from a fixed generator, as the type stores them.
    static func random(
      _ name: String, _ dtype: DType, _ shape: [Int], scale: Float = 0.5, seed: UInt64 = 7
    ) -> Tensor {
      var state = seed
      let values = (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23) * scale
      }
      return Tensor(name: name, dtype: dtype, shape: shape, values: values)
    }
  }

  var tensors: [Tensor]
  var metadata = ["format": "pt", "modelspec.hash_sha256": "0x00", "note": "kept"]

  @discardableResult func write(to path: String) throws -> String {
    let layout = try SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, dtype: $0.dtype, shape: $0.shape) },
      metadata: metadata, file: path)
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    var data = Data(layout.header)
    for entry in layout.entries {
      guard let tensor = byName[entry.name.string] else { continue }
      let format = Self.format(tensor.dtype)
      var bytes = [UInt8](repeating: 0, count: tensor.values.count * format.byteCount)
      var span = bytes.mutableSpan
      var output = span.mutableBytes
      _ = HalfPrecision.narrow(tensor.values.span, to: format, into: &output)
      data.append(contentsOf: bytes)
    }
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  private static func format(_ dtype: DType) -> FloatFormat {
    switch dtype {
    case .f16: .f16
    case .bf16: .bf16
    case .f8e4m3: .f8e4m3
    case .f8e5m2: .f8e5m2
    default: .f32
    }
  }
}
