internal import Formats

/// Block weights as web UIs have them: a list with a factor for each block, without names.
///
/// The long forms have all blocks of the original UNet, the short ones those with attention.
/// Blocks that a short form leaves out get 0, as in the web UIs; LoRA of attention alone has nothing there.
/// Sources: sd-webui-lora-block-weight (`to26`), sd-scripts, `networks/svd_merge_lora.py`.
enum BlockPreset: CaseIterable {
  case stableDiffusion
  case sdxl

  /// The names of the blocks in the order of the factors, for each number of factors.
  var forms: [[String]] {
    switch self {
    case .stableDiffusion:
      [
        Self.blocks(inputs: [1, 2, 4, 5, 7, 8], outputs: 3..<12),
        Self.blocks(inputs: Array(0..<12), outputs: 0..<12),
      ]
    case .sdxl:
      [
        Self.blocks(inputs: [4, 5, 7, 8], outputs: 0..<6),
        Self.blocks(inputs: Array(0..<9), outputs: 0..<9),
      ]
    }
  }

  /// The factors of `values` by block, every block of the longest form; nil if no form has as many.
  func factors(_ values: [Double]) -> [(block: String, factor: Double)]? {
    guard let listed = forms.first(where: { $0.count == values.count }) else { return nil }
    let given = Dictionary(zip(listed, values), uniquingKeysWith: { first, _ in first })
    return (forms.max { $0.count < $1.count } ?? listed).map { ($0, given[$0] ?? 0) }
  }

  private static func blocks(inputs: [Int], outputs: Range<Int>) -> [String] {
    func name(_ side: String, _ number: Int) -> String {
      number < 10 ? "\(side)0\(number)" : "\(side)\(number)"
    }
    return ["BASE"] + inputs.map { name("IN", $0) } + ["MID"] + outputs.map { name("OUT", $0) }
  }

  /// The presets for models of the family called `name`, a ``ModelFamily`` or a base's name in metadata.
  init?(family name: String) {
    let name = name.lowercased()
    if ["sd 1", "sd 2", "sd_v1", "sd_v2", "stable-diffusion-v1", "stable-diffusion-v2"]
      .contains(where: name.hasPrefix)
    {
      self = .stableDiffusion
    } else if ["sdxl", "stable-diffusion-xl"].contains(where: name.hasPrefix),
      !name.contains("refiner")
    {
      self = .sdxl
    } else {
      return nil
    }
  }

  /// How many factors fit, in words.
  var counts: String { forms.map { "\($0.count)" }.joined(separator: " or ") }
}
