/// The layout of a PEFT adapter: a folder with its tensors and `adapter_config.json`.
enum PEFTFolder {
  private static let configLimit = 16 << 20

  static func config(at path: String) throws(FormatError) -> PEFTConfig {
    try PEFTConfig(text: Folder.bytes(ofFile: path, limit: configLimit), file: path)
  }
}
