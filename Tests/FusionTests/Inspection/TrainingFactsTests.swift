import Fusion
import Testing

/// What `ss_*` entries, written as sd-scripts writes them, tell of a training.
@Suite struct TrainingFactsTests {
  private func row(_ label: String, _ metadata: [String: String]) -> String? {
    TrainingFacts(metadata: metadata).facts.first { $0.label == label }?.value
  }

  @Test func `a file saved on the way says so`() {
    let steps = ["ss_steps": "1400", "ss_max_train_steps": "2000"]
    let saved = ["ss_epoch": "7", "ss_num_epochs": "10"].merging(steps) { $1 }
    #expect(row("length", saved) == "epoch 7 of 10, step 1400 of 2000")
    #expect(row("length", ["ss_epoch": "10", "ss_num_epochs": "10"]) == "10 epochs")
    #expect(row("length", ["ss_steps": "240"]) == "240 steps")
    #expect(row("length", ["ss_epoch": "1"]) == "1 epoch")
  }

  @Test func `the network is told as it was trained`() {
    var metadata = [
      "ss_network_module": "networks.lora", "ss_network_dim": "32", "ss_network_alpha": "16.0",
      "ss_network_dropout": "0.1",
    ]
    #expect(row("network", metadata) == "networks.lora, dim 32, alpha 16, dropout 0.1")
    metadata["ss_network_args"] =
      #"{"conv_dim": "16", "conv_alpha": "8.0", "algo": "locon", "dropout": null, "x": []}"#
    #expect(
      row("network", metadata)
        == "networks.lora, dim 32, alpha 16, algo locon, conv dim 16, conv alpha 8, dropout 0.1")
    let arguments = TrainingFacts(metadata: metadata).networkArguments
    #expect(arguments.map(\.label) == ["conv_dim", "conv_alpha", "algo"])
  }

  @Test func `values that belong together stand in one row`() {
    let metadata = [
      "ss_total_batch_size": "8", "ss_batch_size_per_device": "4",
      "ss_gradient_accumulation_steps": "2", "ss_learning_rate": "0.0001",
      "ss_unet_lr": "0.0001", "ss_text_encoder_lr": "5e-05", "ss_lr_scheduler": "cosine",
      "ss_lr_warmup_steps": "100", "ss_num_train_images": "200", "ss_num_reg_images": "50",
      "ss_mixed_precision": "bf16", "ss_seed": "42", "ss_clip_skip": "2",
      "ss_noise_offset": "0.05", "ss_min_snr_gamma": "5.0", "ss_zero_terminal_snr": "True",
      "ss_caption_dropout_rate": "0.1", "ss_resolution": "(1024, 768)",
      "ss_sd_model_name": "base.safetensors", "ss_sd_model_hash": "be9edd61",
      "ss_new_sd_model_hash": "31e35c80fc4829d14f90153f4c74cd59", "ss_vae_name": "v.pt",
    ]
    #expect(row("batch", metadata) == "8, 4 on a device, gradients of 2 steps")
    #expect(
      row("learning rate", metadata)
        == "0.0001, UNet 0.0001, text encoder 5e-05, cosine, warm-up 100")
    #expect(row("images", metadata) == "200, 50 of regularization")
    #expect(row("settings", metadata) == "bf16, seed 42, CLIP skip 2")
    #expect(row("noise", metadata) == "offset 0.05, min SNR gamma 5, zero terminal SNR")
    #expect(row("captions", metadata) == "dropout 0.1")
    #expect(row("resolution", metadata) == "1024x768")
    #expect(row("base", metadata) == "base.safetensors, hash be9edd61, SHA-256 31e35c80fc48…")
    #expect(row("VAE", metadata) == "v.pt")
  }

  @Test func `flow matching has settings of its own`() {
    let metadata = [
      "ss_guidance_scale": "1.0", "ss_timestep_sampling": "sigmoid", "ss_sigmoid_scale": "1.0",
      "ss_discrete_flow_shift": "3.0", "ss_model_prediction_type": "raw",
      "ss_weighting_scheme": "none", "ss_logit_mean": "0.0",
    ]
    #expect(row("flow", metadata) == "guidance 1, timesteps sigmoid, shift 3, prediction raw")
    let normal = ["ss_weighting_scheme": "logit_normal", "ss_logit_mean": "0.5"]
    #expect(row("flow", normal) == "weighting logit_normal, mean 0.5")
  }

  @Test func `what was not given or is off has no row`() {
    let metadata = [
      "ss_noise_offset": "None", "ss_caption_dropout_rate": "0.0", "ss_num_reg_images": "0",
      "ss_gradient_accumulation_steps": "1", "ss_network_dropout": "None", "ss_network_args": "{}",
      "ss_shuffle_caption": "False", "ss_vae_name": " ", "ss_loss_type": "l2",
      "ss_lr_warmup_steps": "0", "ss_mixed_precision": "no",
    ]
    #expect(TrainingFacts(metadata: metadata).facts.isEmpty)
    let fields = TrainingFacts(metadata: metadata).fields
    #expect(fields.contains { $0.label == "captionDropout" && $0.value == "0.0" })
    #expect(!fields.contains { $0.label == "noiseOffset" })
  }

  @Test(arguments: [
    (["ss_network_module": "networks.lora"], "sd-scripts (kohya-ss)"),
    (["ss_network_module": "networks.lora_flux"], "sd-scripts (kohya-ss)"),
    (["ss_session_id": "1"], "sd-scripts (kohya-ss)"),
    (["ss_network_module": "lycoris.kohya"], "LyCORIS with sd-scripts"),
    (["ss_network_module": "networks.lora_wan"], "musubi-tuner"),
    (["lora_adapter_metadata": "{}"], "diffusers or PEFT"),
    (["software": #"{"name": "ai-toolkit"}"#], "ai-toolkit"), ([:], nil),
  ])
  func `the trainer is known by its entries`(_ metadata: [String: String], _ name: String?) {
    #expect(TrainingFacts(metadata: metadata).trainer == name)
  }

  /// `date -u -d @1697042034` says 2023-10-11 16:33:54; the end is 5356.7 s later.
  @Test func `times are told in UTC with their length`() {
    var metadata = [
      "ss_training_started_at": "1697042034.2083", "ss_training_finished_at": "1697047390.9",
    ]
    let times = TrainingFacts(metadata: metadata).times
    #expect(times.started == "2023-10-11T16:33:54Z" && times.finished == "2023-10-11T18:03:10Z")
    #expect(times.duration == 5357 && times.date == "2023-10-11")
    #expect(row("dates", metadata) == "2023-10-11 16:33 to 18:03 UTC (1 h 29 min)")
    metadata["ss_training_finished_at"] = "1697200000"
    metadata["modelspec.date"] = "2023-10-13"
    #expect(
      row("dates", metadata)
        == "2023-10-11 16:33 to 2023-10-13 12:26 UTC (1 d 19 h), modelspec.date 2023-10-13")
    #expect(row("dates", ["modelspec.date": "2024-01-02"]) == "2024-01-02")
  }

  @Test(arguments: [
    "1e308", "-1e308", "nan", "inf", "-5", "0", "17", "99999999999999999999", "x",
    String(repeating: "9", count: 100_000),
  ])
  func `absurd times are none`(_ text: String) {
    let metadata = ["ss_training_started_at": "1697042034", "ss_training_finished_at": text]
    let times = TrainingFacts(metadata: metadata).times
    #expect(times.finished == nil && times.duration == nil)
    #expect(row("dates", metadata) == "started 2023-10-11 16:33 UTC")
  }

  @Test func `an end before the start has no length`() {
    let metadata = [
      "ss_training_started_at": "1697042034", "ss_training_finished_at": "1697042000",
    ]
    #expect(TrainingFacts(metadata: metadata).times.duration == nil)
    #expect(row("dates", metadata) == "2023-10-11 16:33 to 16:33 UTC")
  }
}
