/// Translates between the module names of the original UNet (LDM, SGM) and those of diffusers.
///
/// Holds for SD 1.x, SD 2.x and SDXL, which have two residual layers to a block. Source: diffusers
/// 0.42, `convert_ldm_unet_checkpoint`, in the rule form of `input_blocks.{1 + 3b + j}`.
enum OriginalUNetName {
  private static let layersPerBlock = 2
  private static let resnet: [(original: String, diffusers: String)] = [
    ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"),
    ("out_layers.0", "norm2"), ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
  ]
  private static let fixed: [(original: String, diffusers: String)] = [
    ("input_blocks.0.0", "conv_in"), ("time_embed.0", "time_embedding.linear_1"),
    ("time_embed.2", "time_embedding.linear_2"), ("label_emb.0.0", "add_embedding.linear_1"),
    ("label_emb.0.2", "add_embedding.linear_2"), ("out.0", "conv_norm_out"), ("out.2", "conv_out"),
  ]

  private static let blocks = ["input_blocks.", "middle_block.", "output_blocks."]

  /// The diffusers path of `original`; nil if that is not an original name.
  static func diffusersPath(of original: String) -> String? {
    if let same = fixed.first(where: { $0.original == original }) { return same.diffusers }
    guard blocks.contains(where: original.hasPrefix) else { return nil }
    let parts = original.split(separator: ".").map(String.init)
    guard parts.count >= 3, let first = number(parts[1]) else { return nil }
    if parts[0] == "middle_block" {
      let rest = parts[2...].joined(separator: ".")
      if first == 1 { return "mid_block.attentions.0.\(rest)" }
      return resnetName(rest).map { "mid_block.resnets.\(first / 2).\($0)" }
    }
    guard parts.count >= 4, let second = number(parts[2]) else { return nil }
    let rest = parts[3...].joined(separator: ".")
    let period = layersPerBlock + 1
    switch parts[0] {
    case "input_blocks":
      guard first > 0 else { return nil }
      let (block, layer) = (first - 1).quotientAndRemainder(dividingBy: period)
      if layer == layersPerBlock {
        return rest == "op" ? "down_blocks.\(block).downsamplers.0.conv" : nil
      }
      return inBlock("down_blocks.\(block)", layer, second, rest)
    case "output_blocks":
      let (block, layer) = first.quotientAndRemainder(dividingBy: period)
      if rest == "conv" {
        return layer == layersPerBlock ? "up_blocks.\(block).upsamplers.0.conv" : nil
      }
      return inBlock("up_blocks.\(block)", layer, second, rest)
    default: return nil
    }
  }

  /// A block or layer number; a name with a larger one is of no UNet.
  private static func number(_ text: String) -> Int? {
    text.utf8.count <= 3 ? Int(text) : nil
  }

  private static func inBlock(_ block: String, _ layer: Int, _ kind: Int, _ rest: String) -> String?
  {
    switch kind {
    case 0: resnetName(rest).map { "\(block).resnets.\(layer).\($0)" }
    case 1: "\(block).attentions.\(layer).\(rest)"
    default: nil
    }
  }

  private static func resnetName(_ rest: String) -> String? {
    resnet.first { $0.original == rest }?.diffusers
  }

  /// The original path of the diffusers module `path` of SDXL; nil if there is none.
  ///
  /// An upsampler is the third module of its block, as in SDXL, where every block that has one
  /// has attention too.
  static func path(ofDiffusers path: String) -> String? {
    if let same = fixed.first(where: { $0.diffusers == path }) { return same.original }
    let parts = path.split(separator: ".").map(String.init)
    if parts.count >= 4, parts[0] == "mid_block", let index = number(parts[2]) {
      let rest = parts[3...].joined(separator: ".")
      if parts[1] == "attentions" { return "middle_block.1.\(rest)" }
      return originalResnetName(rest).map { "middle_block.\(index * 2).\($0)" }
    }
    guard parts.count >= 5, let block = number(parts[1]), let layer = number(parts[3]) else {
      return nil
    }
    let rest = parts[4...].joined(separator: ".")
    let isDown = parts[0] == "down_blocks"
    guard isDown || parts[0] == "up_blocks" else { return nil }
    let first = block * (layersPerBlock + 1) + (isDown ? 1 : 0)
    let side = isDown ? "input_blocks" : "output_blocks"
    switch parts[2] {
    case "resnets": return originalResnetName(rest).map { "\(side).\(first + layer).0.\($0)" }
    case "attentions": return "\(side).\(first + layer).1.\(rest)"
    case "downsamplers": return rest == "conv" ? "\(side).\(first + layersPerBlock).0.op" : nil
    case "upsamplers": return rest == "conv" ? "\(side).\(first + layersPerBlock).2.conv" : nil
    default: return nil
    }
  }

  private static func originalResnetName(_ rest: String) -> String? {
    resnet.first { $0.diffusers == rest }?.original
  }
}
