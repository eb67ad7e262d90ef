internal import Formats
internal import FoundationEssentials

/// What an adapter's metadata say of how and on what it was trained.
package struct TrainingFacts: Sendable {
  package struct Fact: Sendable, Hashable {
    package let label: String
    package let value: String
  }

  package struct Tag: Sendable, Hashable {
    package let text: String
    package let count: Int
  }

  /// In the order in which people ask.
  package let facts: [Fact]
  /// The tags of the training captions, most frequent first.
  package let tags: [Tag]

  /// Labels, and the entries that may hold the value, best first.
  private static let fields: [(label: String, entries: [String])] = [
    ("title", ["modelspec.title", "name"]),
    ("author", ["modelspec.author"]),
    ("licence", ["modelspec.license", "license"]),
    (
      "base", ["ss_sd_model_name", "ss_base_model_version", "modelspec.architecture", "base_model"]
    ),
    ("implementation", ["modelspec.implementation"]),
    ("network", ["ss_network_module"]),
    ("network arguments", ["ss_network_args"]),
    ("images", ["ss_num_train_images"]),
    ("resolution", ["modelspec.resolution", "ss_resolution"]),
    ("epochs", ["ss_num_epochs"]),
    ("steps", ["ss_steps", "ss_max_train_steps"]),
    ("batch", ["ss_total_batch_size", "ss_batch_size_per_device"]),
    ("learning rate", ["ss_learning_rate"]),
    ("learning rate of the UNet", ["ss_unet_lr"]),
    ("learning rate of the text encoder", ["ss_text_encoder_lr"]),
    ("schedule", ["ss_lr_scheduler"]),
    ("optimizer", ["ss_optimizer"]),
    ("precision", ["ss_mixed_precision"]),
    ("prediction", ["modelspec.prediction_type"]),
    ("CLIP skip", ["ss_clip_skip", "modelspec.encoder_layer"]),
    ("noise offset", ["ss_noise_offset"]),
    ("minimum SNR", ["ss_min_snr_gamma"]),
    ("seed", ["ss_seed"]),
    ("timesteps", ["modelspec.timestep_range"]),
    ("usage", ["modelspec.usage_hint"]),
    ("comment", ["ss_training_comment"]),
    ("merged from", ["modelspec.merged_from"]),
  ]

  package init(metadata: [String: String]) {
    var facts: [Fact] = []
    if let trainer = Self.trainer(metadata) {
      facts.append(Fact(label: "trainer", value: trainer))
    }
    for field in Self.fields {
      let values = field.entries.lazy.compactMap { Self.meaningful(metadata[$0]) }
      if let value = values.first { facts.append(Fact(label: field.label, value: value)) }
    }
    if let date = Self.date(metadata) { facts.append(Fact(label: "date", value: date)) }
    self.facts = facts
    tags = TagFrequency.counts(metadata["ss_tag_frequency"] ?? "").map {
      Tag(text: $0.tag, count: Int(exactly: $0.count.rounded()) ?? .max)
    }
  }

  /// kohya writes what was not given as the text of Python's `None`.
  private static func meaningful(_ value: String?) -> String? {
    guard let value, !["", "None", "null", "{}", "[]"].contains(value) else { return nil }
    return value
  }

  /// The program that the entries are of.
  private static func trainer(_ metadata: [String: String]) -> String? {
    if let software = metadata["software"] {
      let document = try? JSONValue(parsing: Array(software.utf8), file: "software")
      return document?["name"]?.stringValue ?? software
    }
    if metadata["lorac.version"] != nil { return "none: merged by lorac" }
    if metadata.keys.contains(where: { $0.hasPrefix("ot_") }) { return "OneTrainer" }
    let module = metadata["ss_network_module"] ?? ""
    if module.hasPrefix("lycoris") { return "sd-scripts, LyCORIS" }
    let isMusubi = ["networks.lora_wan", "networks.lora_framepack", "networks.lora_qwen_image"]
      .contains(where: module.hasPrefix)
    if isMusubi { return "musubi-tuner" }
    if metadata["ss_sd_scripts_commit_hash"] != nil || metadata["ss_session_id"] != nil {
      return "sd-scripts"
    }
    return metadata["lora_adapter_metadata"] == nil ? nil : "diffusers or PEFT"
  }

  /// The day of the training's end, or what the file says of its date.
  private static func date(_ metadata: [String: String]) -> String? {
    let seconds = ["ss_training_finished_at", "ss_training_started_at"].lazy
      .compactMap { metadata[$0].flatMap(Double.init) }.first
    // Years from 1970 to 9999; other numbers are not times.
    if let seconds, (0..<253_402_300_800).contains(seconds) {
      return Date(timeIntervalSince1970: seconds).formatted(
        Date.ISO8601FormatStyle().year().month().day())
    }
    return meaningful(metadata["modelspec.date"])
  }
}
