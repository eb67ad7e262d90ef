import Foundation
import TextEncoders

/// Calls `body` with the path of a folder that holds `files`, and removes it.
func withFolder<Result>(
  _ files: [String: String], _ body: (String) throws -> Result
) throws -> Result {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent(
    "lorac-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  for (name, text) in files { try Data(text.utf8).write(to: url.appendingPathComponent(name)) }
  return try body(url.path)
}

extension Fixture {
  static func text(_ name: String) throws -> String {
    String(decoding: try data(name), as: UTF8.self)
  }
}

/// The reference's ids of some texts, from variants of one tokenizer.
struct TokenizerVariants: Decodable {
  struct Variant: Decodable {
    let name: String
    let replacements: [[String]]
    /// The ids of the empty text, with those that frame it.
    let framed: [Int]
    let ids: [[Int]]
  }

  let texts: [String]
  let variants: [Variant]

  /// The texts whose ids differ from those of `variant`, as numbers of scalars.
  func mismatches(of tokenizer: some Tokenizer, with variant: Variant) -> [[UInt32]] {
    zip(texts, variant.ids).filter { tokenizer.encode($0) != $1 }
      .map { $0.0.unicodeScalars.map(\.value) }
  }
}
