/// The layout of a PEFT adapter: a folder with its tensors and `adapter_config.json`.
enum PEFTFolder {
  private static let configLimit = 16 << 20

  static func config(at path: String) throws(FormatError) -> PEFTConfig {
    let document = try JSONValue(
      parsing: Folder.bytes(ofFile: path, limit: configLimit), file: path, code: .invalidConfig)
    guard document.members != nil else {
      throw FormatError(.unacceptable, file: path, "is not a JSON object", code: .invalidConfig)
    }
    return try PEFTConfig({ document[$0] }, source: .configuration, file: path)
  }
}
