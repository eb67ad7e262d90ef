internal import Formats

/// What the network was made with beside its dimension and alpha: `ss_network_args`.
struct NetworkArguments {
  /// Names and values, in the order of the file.
  let all: [TrainingFacts.Fact]

  /// More are no arguments of a network.
  private static let limit = 100
  /// Those that say what kind of network it is, in this order.
  private static let telling = [
    "algo", "preset", "conv_dim", "conv_alpha", "factor", "dropout", "rank_dropout",
    "module_dropout", "dora_wd", "rs_lora", "use_tucker", "train_norm", "block_size",
    "loraplus_lr_ratio", "loraplus_unet_lr_ratio", "loraplus_text_encoder_lr_ratio", "split_qkv",
    "train_t5xxl", "train_blocks",
  ]

  init(_ entries: TrainingEntries) {
    let members = entries.document("ss_network_args")?.members ?? []
    var seen: Set<String> = []
    let distinct = members.prefix(Self.limit).filter { seen.insert($0.key).inserted }
    all = distinct.compactMap { member in
      Self.text(member.value).map { TrainingFacts.Fact(label: member.key, value: $0) }
    }
  }

  func value(_ name: String) -> String? { all.last { $0.label == name }?.value }

  /// Such as `conv dim 8`, of the arguments that tell most and are not off.
  var phrases: [String] {
    Self.telling.compactMap { name in
      value(name).flatMap(TrainingEntries.unlessOff).map { value in
        "\(name.replacing("_", with: " ")) \(TrainingEntries.tidied(value))"
      }
    }
  }

  /// Values come from the command line, so most are text; lists and objects are none of them.
  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): ["", "None", "none"].contains(text) ? nil : text
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .bool(let isOn): isOn ? "True" : "False"
    case .null, .array, .object: nil
    }
  }
}
