internal import Formats

/// What the configurations beside a model's weights say of it.
package struct ModelConfiguration: Sendable {
  /// In the order in which people ask.
  package private(set) var facts: [TrainingFacts.Fact] = []
  /// The classes of the parts of a pipeline.
  private(set) var classNames: [String: String] = [:]
  /// What the configuration calls the model.
  private(set) var family: ModelFamily?

  /// Larger files are no configurations.
  private static let byteLimit = 4 << 20

  /// Names, and the fields that may hold the value, best first.
  private static let fields: [(label: String, entries: [String])] = [
    ("architecture", ["architectures"]),
    ("layers", ["num_hidden_layers", "n_layer", "num_layers"]),
    ("width", ["hidden_size", "n_embd", "d_model"]),
    ("inner width", ["intermediate_size", "n_inner", "d_ff"]),
    ("heads", ["num_attention_heads", "n_head", "num_heads"]),
    ("key and value heads", ["num_key_value_heads"]),
    ("head width", ["head_dim"]),
    ("experts", ["num_local_experts", "num_experts"]),
    ("vocabulary", ["vocab_size"]),
    ("context", ["max_position_embeddings", "n_positions"]),
    ("type", ["torch_dtype", "dtype"]),
    ("tied embeddings", ["tie_word_embeddings"]),
    ("pipeline", ["_class_name"]),
    ("written by diffusers", ["_diffusers_version"]),
    ("written by transformers", ["transformers_version"]),
  ]

  /// Reads the configurations of a model in a folder; a file has none.
  ///
  /// One that cannot be read tells nothing: the weights do not depend on it.
  init(of files: ModelFiles) {
    guard files.layout != .file else { return }
    let main = Self.document("\(files.folder)/model_index.json")
    let own = Self.document("\(files.folder)/config.json")
    for document in [main, own].compactMap(\.self) {
      for field in Self.fields {
        let value = field.entries.lazy.compactMap { Self.text(document[$0]) }.first
        if let value { facts.append(.init(label: field.label, value: value)) }
      }
      if let method = Self.text(document["quantization_config"]?["quant_method"]) {
        facts.append(.init(label: "quantization", value: method))
      }
    }
    if let own, let type = Self.text(own["model_type"]) ?? Self.text(own["_class_name"]) {
      family = ModelFamily(name: type, evidence: "its config.json says so")
    } else if let main, let type = Self.text(main["_class_name"]) {
      family = ModelFamily(name: type, evidence: "its model_index.json says so")
    }
    for part in files.parts where !part.folder.isEmpty {
      let document = Self.document("\(files.folder)/\(part.folder)/config.json")
      classNames[part.name] =
        Self.text(document?["_class_name"]) ?? Self.text(document?["architectures"])
    }
    let scheduler = Self.document("\(files.folder)/scheduler/scheduler_config.json")
    if let prediction = Self.text(scheduler?["prediction_type"]) {
      facts.append(.init(label: "prediction", value: prediction))
    }
    if let name = Self.text(scheduler?["_class_name"]) {
      facts.append(.init(label: "scheduler", value: name))
    }
  }

  private static func document(_ path: String) -> JSONValue? {
    guard Folder.isFile(path), let bytes = try? Folder.bytes(ofFile: path, limit: byteLimit) else {
      return nil
    }
    return try? JSONValue(parsing: bytes, file: path)
  }

  /// A value as people read it; nil for one that has no short form.
  private static func text(_ value: JSONValue?) -> String? {
    switch value {
    case .string(let text)?: text.isEmpty ? nil : text
    case .integer(let number)?: "\(number)"
    case .number(let number)?: "\(number)"
    case .bool(let flag)?: flag ? "yes" : "no"
    case .array(let elements)?:
      elements.isEmpty ? nil : elements.compactMap(\.stringValue).joined(separator: ", ")
    case .object?, .null?, nil: nil
    }
  }
}
