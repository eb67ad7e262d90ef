/// What is known of a training in rows for people; what belongs together stands in one.
struct TrainingRows {
  private let entries: TrainingEntries
  private let folders: TrainingFolders
  private let arguments: NetworkArguments
  private let times: TrainingTimes

  init(
    _ entries: TrainingEntries, folders: TrainingFolders, arguments: NetworkArguments,
    times: TrainingTimes
  ) {
    (self.entries, self.folders) = (entries, folders)
    (self.arguments, self.times) = (arguments, times)
  }

  var facts: [TrainingFacts.Fact] {
    let rows: [(String, String?)] = [
      ("title", entries.text("modelspec.title", "name")),
      ("author", entries.text("modelspec.author")),
      ("licence", entries.text("modelspec.license", "license")),
      ("base", base),
      ("VAE", named("ss_vae_name", hash: "ss_vae_hash", sha256: "ss_new_vae_hash")),
      ("implementation", entries.text("modelspec.implementation")),
      ("network", network),
      ("images", images),
      ("resolution", resolution),
      ("length", length),
      ("batch", batch),
      ("learning rate", learningRate),
      ("optimizer", entries.text("ss_optimizer")),
      ("noise", noise),
      ("flow", flow),
      ("captions", captions),
      ("settings", settings),
      ("timesteps", entries.text("modelspec.timestep_range")),
      ("usage", entries.text("modelspec.usage_hint")),
      ("comment", entries.text("ss_training_comment")),
      ("merged from", entries.text("modelspec.merged_from")),
      ("dates", times.phrase),
    ]
    return rows.compactMap { label, value in value.map { .init(label: label, value: $0) } }
  }

  private func joined(_ parts: [String?]) -> String? {
    let parts = parts.compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// `label value` where the entry says something.
  private func text(_ label: String, _ name: String) -> String? {
    entries.number(name).map { "\(label) \($0)" }
  }

  /// `label value` where the entry is not off.
  private func amount(_ label: String, _ name: String) -> String? {
    entries.amount(name).map { "\(label) \($0)" }
  }

  /// `label` where the entry is `True`.
  private func flag(_ label: String, _ name: String) -> String? {
    entries.text(name) == "True" ? label : nil
  }

  private var base: String? {
    let version = entries.text("ss_base_model_version")
    guard entries.text("ss_sd_model_name") != nil else {
      let name = version ?? entries.text("modelspec.architecture", "base_model")
      return joined([name, hashes("ss_sd_model_hash", "ss_new_sd_model_hash")])
    }
    let model = named("ss_sd_model_name", hash: "ss_sd_model_hash", sha256: "ss_new_sd_model_hash")
    return joined([model, version])
  }

  private func named(_ name: String, hash: String, sha256: String) -> String? {
    joined([entries.text(name), hashes(hash, sha256)])
  }

  /// Twelve digits of a SHA-256 find a model on web sites.
  private func hashes(_ short: String, _ long: String) -> String? {
    joined([
      text("hash", short),
      entries.text(long).map { "SHA-256 " + ($0.count > 12 ? $0.prefix(12) + "…" : $0) },
    ])
  }

  private var network: String? {
    let dropout =
      arguments.value("dropout") == nil ? amount("dropout", "ss_network_dropout") : nil
    return joined(
      [
        entries.text("ss_network_module"), text("dim", "ss_network_dim"),
        text("alpha", "ss_network_alpha"),
      ] + arguments.phrases + [dropout])
  }

  /// sd-scripts counts an image as often as an epoch shows it.
  private var images: String? {
    let isRepeated = folders.all.contains { $0.repeats.map { $0 > 1 } ?? false }
    return joined([
      entries.number("ss_num_train_images").map { isRepeated ? "\($0) with repeats" : $0 },
      entries.amount("ss_num_reg_images").map { "\($0) of regularization" },
    ])
  }

  private var resolution: String? {
    guard folders.resolutions.isEmpty else {
      return joined(folders.resolutions.prefix(Self.listLimit).map { $0 })
    }
    return entries.text("modelspec.resolution")
      ?? entries.text("ss_resolution").map { text in
        let sides = text.split { !$0.isNumber }
        return sides.count == 2 ? sides.joined(separator: "x") : text
      }
  }

  private static let listLimit = 6

  private var length: String? {
    joined([
      Self.part(entries.number("ss_epoch"), of: entries.number("ss_num_epochs"), "epoch"),
      Self.part(entries.number("ss_steps"), of: entries.number("ss_max_train_steps"), "step"),
    ])
  }

  /// `epoch 7 of 10`, or `10 epochs` where that is all.
  private static func part(_ done: String?, of all: String?, _ unit: String) -> String? {
    guard let done, let all, done != all else {
      // Of a count of epochs alone it is not known whether the file is of the last.
      return (done ?? all).map { $0 == "1" ? "1 \(unit)" : "\($0) \(unit)s" }
    }
    return "\(unit) \(done) of \(all)"
  }

  private var batch: String? {
    let sizes = folders.batchSizes.prefix(Self.listLimit).map(String.init)
    let device =
      entries.number("ss_batch_size_per_device")
      ?? (sizes.isEmpty ? nil : sizes.joined(separator: " and "))
    let total = entries.number("ss_total_batch_size") ?? device
    let steps = entries.number("ss_gradient_accumulation_steps").flatMap { $0 == "1" ? nil : $0 }
    return joined([
      total, total == device ? nil : device.map { "\($0) on a device" },
      steps.flatMap(TrainingEntries.unlessOff).map { "gradients of \($0) steps" },
    ])
  }

  private var learningRate: String? {
    joined([
      entries.number("ss_learning_rate"), text("UNet", "ss_unet_lr"),
      text("text encoder", "ss_text_encoder_lr"), entries.text("ss_lr_scheduler"),
      amount("warm-up", "ss_lr_warmup_steps"),
    ])
  }

  private var noise: String? {
    let loss = entries.text("ss_loss_type").flatMap { $0 == "l2" ? nil : "loss \($0)" }
    return joined([
      amount("offset", "ss_noise_offset"), amount("multires", "ss_multires_noise_iterations"),
      amount("min SNR gamma", "ss_min_snr_gamma"),
      flag("zero terminal SNR", "ss_zero_terminal_snr"),
      text("prediction", "modelspec.prediction_type"), loss,
    ])
  }

  /// What trainings by flow matching have beside the others: Flux, SD3, Lumina.
  private var flow: String? {
    let scheme = entries.text("ss_weighting_scheme").flatMap { $0 == "none" ? nil : $0 }
    let sigmoid = entries.number("ss_sigmoid_scale").flatMap { $0 == "1" ? nil : $0 }
    let isNormal = scheme == "logit_normal"
    return joined([
      text("model", "ss_model_type"), text("guidance", "ss_guidance_scale"),
      text("timesteps", "ss_timestep_sampling"), sigmoid.map { "sigmoid scale \($0)" },
      text("shift", "ss_discrete_flow_shift"), text("prediction", "ss_model_prediction_type"),
      scheme.map { "weighting \($0)" }, isNormal ? text("mean", "ss_logit_mean") : nil,
      isNormal ? text("deviation", "ss_logit_std") : nil,
      scheme == "mode" ? text("mode scale", "ss_mode_scale") : nil,
    ])
  }

  private var captions: String? {
    joined([
      amount("dropout", "ss_caption_dropout_rate"),
      entries.amount("ss_caption_dropout_every_n_epochs").map { "none every \($0) epochs" },
      amount("tag dropout", "ss_caption_tag_dropout_rate"),
      flag("shuffled", "ss_shuffle_caption"), amount("first kept", "ss_keep_tokens"),
    ])
  }

  private var settings: String? {
    joined([
      entries.text("ss_mixed_precision").flatMap { $0 == "no" ? nil : $0 },
      text("seed", "ss_seed"),
      (entries.number("ss_clip_skip") ?? entries.number("modelspec.encoder_layer"))
        .map { "CLIP skip \($0)" },
    ])
  }
}
