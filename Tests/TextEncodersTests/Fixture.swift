import Formats
import Foundation

/// Reads the files in `Fixtures/`, next to this source.
enum Fixture {
  static func url(_ name: String, from file: String = #filePath) -> URL {
    URL(fileURLWithPath: file).deletingLastPathComponent()
      .appendingPathComponent("Fixtures").appendingPathComponent(name)
  }

  static func path(_ name: String) -> String { url(name).path }

  static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  static func json<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    try JSONDecoder().decode(type, from: data(name))
  }
}

extension Fixture {
  /// The F32 tensors of a safetensors file.
  static func tensors(_ name: String) throws -> [String: [Float]] {
    let file = try SafetensorsFile(path: url(name).path)
    var tensors: [String: [Float]] = [:]
    for entry in file.header.tensors where entry.dtype == .f32 {
      tensors[entry.name.string] = try file.withBytes(of: entry) { bytes in
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      }
    }
    return tensors
  }
}
