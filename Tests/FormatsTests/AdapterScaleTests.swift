import Formats
import Testing

/// Law 5: one scale, and where it was found.
@Suite struct AdapterScaleTests {
  static let cases: [(id: String, source: AdapterScale.Source)] = [
    ("kohya_sd15_full_fp16", .tensor), ("kohya_from_diffusers_converter", .tensor),
    ("kohya_no_alpha", .absent), ("diff_classic_unet_te", .absent),
    ("diff_peft_conv_meta", .metadata), ("diff_save_lora_adapter", .metadata),
    ("diff_patterns_rslora", .metadata), ("peft_lora", .configuration),
    ("peft_rslora", .configuration), ("peft_patterns", .configuration),
  ]

  @Test(arguments: cases) func sourceIsReported(_ id: String, _ source: AdapterScale.Source) throws
  {
    let folder = Fixtures.path("zoo/cases/\(id)")
    let path =
      id.hasPrefix("peft")
      ? folder : "\(folder)/\(id.hasPrefix("kohya") ? "lora" : "pytorch_lora_weights").safetensors"
    let adapter = try AdapterFile(path: path)
    #expect(adapter.modules.allSatisfy { $0.scale.source == source })
    #expect(adapter.modules.allSatisfy { ($0.scale.alpha == nil) == (source == .absent) })
    #expect(adapter.modules.contains { $0.scale.isRankStabilised } == id.contains("rslora"))
  }
}
