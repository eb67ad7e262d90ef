/// The names of the autoencoder of Stable Diffusion and Flux in original checkpoints, in those of
/// diffusers.
///
/// Source: diffusers 0.42, `single_file_utils.py`.
package enum VAENames {
  private static let wholes: [Substring: String] = [
    "norm_out": "conv_norm_out", "mid.block_1": "mid_block.resnets.0",
    "mid.block_2": "mid_block.resnets.1", "mid.attn_1": "mid_block.attentions.0",
  ]
  private static let inner: [Substring: Substring] = [
    "nin_shortcut": "conv_shortcut", "norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v",
    "proj_out": "to_out.0",
  ]

  /// How many levels the decoder with the tensors `names` has: diffusers counts them the other way
  /// round.
  package static func levelCount(_ names: some Sequence<String>) -> Int {
    let prefix = "decoder.up."
    return names.compactMap { name in
      name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
    }.max().map { $0 &+ 1 } ?? 0
  }

  /// The name of the tensor `name`, without the prefix of the part, in diffusers; the same where it
  /// is no original name.
  package static func diffusersName(of name: String, levelCount: Int) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let side = parts.first, side == "encoder" || side == "decoder", parts.count > 2 else {
      return name
    }
    if let level = self.level(parts, levelCount: levelCount) { return level }
    for length in [2, 1] where parts.count > length + 1 {
      let key = parts[1...length].joined(separator: ".")
      guard let whole = wholes[key[...]] else { continue }
      let rest = parts[(length + 1)...]
      let isAttention = key == "mid.attn_1"
      let renamed = isAttention ? rest.map { inner[$0] ?? $0 } : Array(rest)
      return ([side, whole[...]] + renamed).joined(separator: ".")
    }
    return name
  }

  /// `encoder.down.I.block.J.…`, `decoder.up.I.upsample.conv.…`.
  private static func level(_ parts: [Substring], levelCount: Int) -> String? {
    guard parts.count > 4, let number = Int(parts[2]), number >= 0 else { return nil }
    let isDown = parts[1] == "down"
    guard isDown || (parts[1] == "up" && number < levelCount) else { return nil }
    let start =
      isDown
      ? "\(parts[0]).down_blocks.\(number)" : "\(parts[0]).up_blocks.\(levelCount - 1 - number)"
    switch parts[3] {
    case "block":
      let rest = parts[5...].map { $0 == "nin_shortcut" ? "conv_shortcut" : $0 }
      return ([start, "resnets.\(parts[4])"] + rest.map(String.init)).joined(separator: ".")
    case "downsample", "upsample":
      return ([start, "\(parts[3])rs.0"] + parts[4...].map(String.init)).joined(separator: ".")
    default: return nil
    }
  }
}
