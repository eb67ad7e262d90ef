/// Names what people feed to a reader of safetensors by mistake.
enum ForeignContent {
  private static let signatures: [(prefix: [UInt8], what: String, remedy: String)] = [
    (
      Array("version https://git-lfs".utf8), "is a git-lfs pointer, not the model itself",
      "fetch the content with 'git lfs pull'"
    ),
    (Array("<!DOCTYPE".utf8), page, pageRemedy), (Array("<!doctype".utf8), page, pageRemedy),
    (Array("<html".utf8), page, pageRemedy), (Array("<HTML".utf8), page, pageRemedy),
    (Array("{\"error".utf8), "is an error message of a web server", pageRemedy),
    (
      Array("PK\u{3}\u{4}".utf8),
      "is a zip archive: a PyTorch .bin, .pt or .ckpt file, or a download",
      pickleRemedy
    ),
    ([0x80, 0x02], pickle, pickleRemedy), ([0x80, 0x03], pickle, pickleRemedy),
    ([0x80, 0x04], pickle, pickleRemedy), ([0x80, 0x05], pickle, pickleRemedy),
    (
      Array("GGUF".utf8), "is a GGUF file, which lorac does not read",
      "use the safetensors file it was made from"
    ),
  ]

  private static let page = "is a web page, not a model"
  private static let pageRemedy = "the download failed (a login may be needed); download it again"
  private static let pickle =
    "is a Python pickle; loading one can run any code, so lorac never does"
  private static let pickleRemedy = "convert it to safetensors where you trust its origin"

  /// The error for a file that starts with `start`, if it is a known kind of something else.
  static func fault(start: [UInt8], path: String) -> FormatError? {
    let known = signatures.first { start.starts(with: $0.prefix) }
    // `80 02 00 …` may as well be the length of a short header.
    if let known, !isPlausibleHeader(start) {
      return .unacceptable(path, known.what, remedy: known.remedy)
    }
    guard start.count >= 16, start.allSatisfy({ $0 == 0 }) else { return nil }
    return .unacceptable(
      path, "starts with nothing but zero bytes", remedy: SafetensorsHeader.redownload)
  }

  private static func isPlausibleHeader(_ start: [UInt8]) -> Bool {
    guard start.count > 8 else { return false }
    return start[2..<8].allSatisfy { $0 == 0 } && start[8] == UInt8(ascii: "{")
  }
}
