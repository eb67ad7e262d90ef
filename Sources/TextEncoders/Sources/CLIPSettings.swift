/// The settings of a CLIP text model in a `config.json` of `transformers`.
struct CLIPSettings {
  /// Those of the text side: the file's own, or nested in those of a whole CLIP model.
  let text: ConfigFile

  init(_ config: ConfigFile) {
    text = config.nested("text_config", overriddenBy: "text_config_dict") ?? config
  }
}

extension TowerShape {
  /// The extents that `config` says; where it is silent, the standard ones of `transformers` 5.23,
  /// `configuration_clip.py`.
  init(clip config: ConfigFile) throws(TextEncoderError) {
    let text = CLIPSettings(config).text
    self.init(
      vocabulary: try text.count("vocab_size", default: 49408),
      positions: try text.count("max_position_embeddings", default: 77),
      width: try text.count("hidden_size", default: 512),
      inner: try text.count("intermediate_size", default: 2048),
      layers: try text.count("num_hidden_layers", default: 12),
      heads: try text.count("num_attention_heads", default: 8),
      activation: try text.activation("hidden_act", default: .quickGelu),
      epsilon: Float(try text.number("layer_norm_eps", default: 1e-5)))
    try checkHeads(config)
  }

  /// The extents that the `config` of a BERT or RoBERTa says; where it is silent, BERT's.
  init(bert config: ConfigFile) throws(TextEncoderError) {
    self.init(
      vocabulary: try config.count("vocab_size", default: 30522),
      positions: try config.count("max_position_embeddings", default: 512),
      width: try config.count("hidden_size", default: 768),
      inner: try config.count("intermediate_size", default: 3072),
      layers: try config.count("num_hidden_layers", default: 12),
      heads: try config.count("num_attention_heads", default: 12),
      activation: try config.activation("hidden_act", default: .gelu),
      epsilon: Float(try config.number("layer_norm_eps", default: 1e-12)))
    try checkHeads(config)
  }

  private func checkHeads(_ config: ConfigFile) throws(TextEncoderError) {
    guard width % heads == 0 else {
      throw config.fault(
        "says that \(heads) heads share a width of \(width), which they do not divide")
    }
  }
}

extension ConfigFile {
  fileprivate func activation(
    _ key: String, default standard: Activation
  ) throws(TextEncoderError) -> Activation {
    guard let name = try string(key) else { return standard }
    guard let activation = Activation(configured: name) else {
      throw fault("'\(key)' is '\(name)', which lorac does not compute")
    }
    return activation
  }
}
