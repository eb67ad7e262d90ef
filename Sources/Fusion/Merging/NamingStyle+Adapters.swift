internal import Formats

extension NamingStyle {
  private static let originalPrefixes =
    ["lora_unet_input_blocks_", "lora_unet_middle_block_", "lora_unet_output_blocks_"]

  /// How kohya names are written: as the adapters do that have them, else as the family wants.
  init(for files: [AdapterFile]) {
    self.init(
      for: files,
      stems: files.flatMap { file in
        file.modules.lazy.filter { $0.dialect == .kohya }.map(\.stem)
      })
  }

  /// How the names of `file` would be written if it had none of kohya's.
  init(ofFamilyOf file: AdapterFile) {
    self.init(for: [file], stems: [])
  }

  private init(for files: [AdapterFile], stems: [String]) {
    let unetStems = stems.filter { $0.hasPrefix("lora_unet_") }
    let hasOriginals = unetStems.contains { Self.isOriginal($0) }
    let isSDXL = files.contains { $0.isSDXL }
    let isCanonical = stems.contains { $0.hasPrefix("lora_transformer_") } && unetStems.isEmpty
    let family =
      isCanonical ? nil : files.lazy.compactMap(\.family).first { $0.component == .transformer }
    let isOneOfSeveral = isSDXL || family?.hasSeveralTextEncoders == true
    self.init(
      usesOriginalUNetNames: unetStems.isEmpty ? isSDXL : hasOriginals,
      numbersFirstTextEncoder: isOneOfSeveral || stems.contains { $0.hasPrefix("lora_te1_") },
      family: family)
  }

  /// Whether `stem` is a kohya name of the original UNet.
  static func isOriginal(_ stem: String) -> Bool {
    originalPrefixes.contains(where: stem.hasPrefix)
  }
}

extension AdapterFile {
  /// Whether the modules are those of SDXL: two text encoders, or a cross attention to both.
  fileprivate var isSDXL: Bool {
    modules.contains { module in
      (module.target.component == .textEncoder2 && family == nil)
        || (module.target.component == .unet && module.inFeatures == 2048
          && module.target.path.contains(".attn2.to_k"))
    }
  }
}
