import Formats
import Foundation

/// Deltas computed the slow way: each stored value widened on its own, products by three loops
/// in `Double`.
enum SlowDelta {
  /// The stored values of `entry`, by the definitions of the formats.
  static func values(of entry: TensorEntry, in file: SafetensorsFile) throws -> [Double] {
    let bytes = try file.withBytes(of: entry) { $0.copied() }
    func bits(_ index: Int, _ size: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[index * size + $1]) << UInt64(8 * $1) }
    }
    return (0..<entry.elementCount).map { index in
      switch entry.dtype {
      case .f32: Double(Float(bitPattern: UInt32(bits(index, 4))))
      case .f16: Double(Float16(bitPattern: UInt16(bits(index, 2))))
      case .bf16: Double(Float(bitPattern: UInt32(bits(index, 2)) << 16))
      default: .nan
      }
    }
  }

  /// `scale · up · down` of `module`, `[out, in…]` row by row.
  static func delta(of module: AdapterModule, in file: SafetensorsFile) throws -> [Double] {
    let (up, down) = (try values(of: module.up, in: file), try values(of: module.down, in: file))
    let (out, rank, inner) = (module.outFeatures, module.rank, module.inFeatures)
    var delta = [Double](repeating: 0, count: out * inner)
    for row in 0..<out {
      for term in 0..<rank {
        let factor = module.scale.value * up[row * rank + term]
        for column in 0..<inner {
          delta[row * inner + column] += factor * down[term * inner + column]
        }
      }
    }
    return delta
  }

  /// The deltas of all modules of the adapter at `path`.
  static func deltas(ofAdapterAt path: String) throws -> [ModuleTarget: [Double]] {
    let adapter = try AdapterFile(path: path)
    return try Dictionary(
      uniqueKeysWithValues: adapter.modules.map {
        ($0.target, try delta(of: $0, in: adapter.tensors))
      })
  }

  static func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }

  /// The largest distance of two lists of one length.
  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } : .infinity
  }
}
