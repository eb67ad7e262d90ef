internal import Formats

/// The files of a tokenizer's folder, and what was read of them.
struct TokenizerFiles {
  let folder: String
  private var read: [(name: String, hash: String)] = []

  /// No file of a tokenizer is nearly as large; the largest known has 34 MB.
  private static let sizeLimit = 128 << 20

  init(folder: String) { self.folder = folder }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func has(_ name: String) -> Bool { Folder.isFile(path(name)) }

  mutating func read(
    _ name: String, limit: Int = sizeLimit
  ) throws(FormatError) -> [UInt8] {
    let bytes = try Folder.bytes(ofFile: path(name), limit: limit)
    read.append((name, ContentHash.sha256(of: bytes)))
    return bytes
  }

  /// The paths of the files that were read.
  var paths: [String] { read.map { path($0.name) } }

  /// SHA-256 of the names and the hashes of the files that were read, in order.
  var contentHash: String {
    let lines = read.map { "\($0.name) \($0.hash)\n" }
    return ContentHash.sha256(of: Array(lines.joined().utf8))
  }
}
