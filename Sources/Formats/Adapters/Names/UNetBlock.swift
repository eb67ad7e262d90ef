extension ModuleTarget {
  /// The name that web UIs give to the block of a Stable Diffusion model that the module is in.
  ///
  /// `BASE` for a text encoder; `IN04`, `MID` or `OUT03` for a UNet, by the number of the block in
  /// the original model; nil for what is in no block, such as the embedding of time steps. Source:
  /// sd-scripts, `networks/svd_merge_lora.py`.
  package var webUIBlock: String? {
    if component.isTextEncoder { return "BASE" }
    guard component == .unet, !isFlat, let path = OriginalUNetName.path(ofDiffusers: path) else {
      return nil
    }
    let parts = path.split(separator: ".")
    switch parts[0] {
    case "input_blocks": return "IN" + Self.twoDigits(parts[1])
    case "middle_block": return "MID"
    case "output_blocks": return "OUT" + Self.twoDigits(parts[1])
    default: return nil
    }
  }

  private static func twoDigits(_ number: Substring) -> String {
    number.utf8.count < 2 ? "0\(number)" : String(number)
  }
}
