/// The LoRA configuration that diffusers keeps in a file's `lora_adapter_metadata`.
///
/// A JSON object of `LoraConfig` fields, each behind the component's name and a dot, or bare where
/// the file holds one component. Source: diffusers 0.42, `loaders/lora_base.py`.
package struct MetadataConfig {
  private let document: JSONValue
  private let file: String

  /// Nil where there is no such entry, or it is not an object.
  package init?(_ metadata: [String: String], file: String) {
    guard let text = metadata["lora_adapter_metadata"],
      let document = try? JSONValue(parsing: Array(text.utf8), file: file),
      document.members?.isEmpty == false
    else { return nil }
    (self.document, self.file) = (document, file)
  }

  /// The configuration of `component`; nil if the entry has none for it.
  package func config(of component: ModelComponent) throws(FormatError) -> PEFTConfig? {
    for prefix in [component.rawValue + ".", ""]
    where document[prefix + "r"] != nil || document[prefix + "lora_alpha"] != nil {
      return try PEFTConfig({ document[prefix + $0] }, source: .metadata, file: file)
    }
    return nil
  }
}

/// The configurations in a file's metadata, each read once.
struct MetadataConfigs {
  private let document: MetadataConfig?
  private var configs: [ModelComponent: PEFTConfig?] = [:]

  init(_ document: MetadataConfig?) { self.document = document }

  mutating func config(of component: ModelComponent) throws(FormatError) -> PEFTConfig? {
    guard let document else { return nil }
    if let known = configs[component] { return known }
    let config = try document.config(of: component)
    configs[component] = config
    return config
  }
}
