/// Makes adapters whose container is sound, so that what reads their modules is reached.
struct AdapterMaker {
  /// The names of modules in the corpus, without the ends that tell a tensor's role.
  let stems: [String]

  private static let templates: [[(suffix: String, shape: [String])]] = [
    [("lora_down.weight", ["r", "i"]), ("lora_up.weight", ["o", "r"]), ("alpha", [])],
    [("lora_A.weight", ["r", "i"]), ("lora_B.weight", ["o", "r"])],
    [
      ("lora_down.weight", ["r", "i", "1", "1"]), ("lora_up.weight", ["o", "r", "1", "1"]),
      ("lora_mid.weight", ["r", "r", "3", "3"]), ("alpha", []),
    ],
    [("lora_down.weight", ["r", "i", "3", "3"]), ("lora_up.weight", ["o", "r", "1", "1"])],
    [
      ("hada_w1_a", ["o", "r"]), ("hada_w1_b", ["r", "i"]), ("hada_w2_a", ["o", "r"]),
      ("hada_w2_b", ["r", "i"]), ("alpha", []),
    ],
    [
      ("hada_w1_a", ["r", "o"]), ("hada_w1_b", ["r", "i"]), ("hada_t1", ["r", "r", "3", "3"]),
      ("hada_w2_a", ["r", "o"]), ("hada_w2_b", ["r", "i"]), ("hada_t2", ["r", "r", "3", "3"]),
    ],
    [("lokr_w1", ["r", "r"]), ("lokr_w2", ["o", "i"]), ("alpha", [])],
    [
      ("lokr_w1", ["r", "r"]), ("lokr_w2_a", ["o", "r"]), ("lokr_w2_b", ["r", "i"]), ("alpha", []),
    ],
    [
      ("lokr_w1_a", ["o", "r"]), ("lokr_w1_b", ["r", "i"]), ("lokr_w2_a", ["r", "o"]),
      ("lokr_w2_b", ["r", "i"]), ("lokr_t2", ["r", "r", "3", "3"]),
    ],
    [("diff", ["o", "i"]), ("diff_b", ["o"])],
    [
      ("lora_down.weight", ["r", "i"]), ("lora_up.weight", ["o", "r"]), ("dora_scale", ["o", "1"]),
    ],
    [("lora_A.weight", ["r", "i"]), ("lora_B.weight", ["o", "r"]), ("lora_B.bias", ["o"])],
    [("lora_A", ["r", "i"]), ("lora_B", ["o", "r"]), ("lora_E", ["r", "1"]), ("ranknum", [])],
    [("weight", ["o"]), ("on_input", [])],
    [("oft_blocks", ["o", "r", "r"]), ("alpha", []), ("rescale", ["o", "1"])],
    [("oft_blocks", ["1", "o", "r", "r"]), ("alpha", [])],
    [
      ("a1.weight", ["i", "r"]), ("a2.weight", ["r", "i"]), ("b1.weight", ["o", "r"]),
      ("b2.weight", ["r", "i"]),
    ],
    [
      ("vera_lambda_b", ["o"]), ("vera_lambda_d", ["r"]), ("vera_A", ["r", "i"]),
      ("vera_B", ["o", "r"]),
    ],
    [("delta", ["r"])], [("ia3_l", ["o", "1"])], [("scale", []), ("scalar", [])],
    [("lora_embedding_A", ["r", "i"]), ("lora_embedding_B", ["o", "r"])],
  ]

  private static let extents = [0, 1, 2, 3, 4, 5, 8, 9, 12, 27, 1 << 31, 1 << 32, 1 << 62]
  private static let types: [(name: String, bytes: Int)] = [
    ("F32", 4), ("F16", 2), ("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1), ("I64", 8), ("F64", 8),
    ("U8", 1), ("BOOL", 1), ("C64", 8),
  ]
  private static let metadata = [
    "", "\"__metadata__\":{\"format\":\"pt\"},",
    "\"__metadata__\":{\"ss_network_dim\":\"4\",\"ss_network_args\":\"{\\\"split_qkv\\\":\\\"True\\\"}\"},",
    "\"__metadata__\":{\"lora_adapter_metadata\":\"{\\\"unet.r\\\":2,\\\"unet.lora_alpha\\\":4,\\\"transformer.r\\\":3,\\\"text_encoder.lora_alpha\\\":1}\"},",
    "\"__metadata__\":{\"lora_adapter_metadata\":\"{\\\"r\\\":4,\\\"lora_alpha\\\":8,\\\"use_rslora\\\":true,\\\"alpha_pattern\\\":{\\\"a(b|c)+\\\":3}}\"},",
  ]

  private struct Tensor {
    let name: String
    let type: String
    let shape: [Int]
    let byteCount: Int
  }

  func container(_ random: inout Randomness) -> Container {
    var tensors: [Tensor] = []
    let type = random.pick(Self.types.prefix(5))
    for _ in 0...random.below(5) { tensors += module(type, &random) }
    return container(of: tensors, &random)
  }

  private func module(
    _ type: (name: String, bytes: Int), _ random: inout Randomness
  ) -> [Tensor] {
    let stem = random.pick(stems)
    var extents: [String: Int] = ["1": 1, "3": 3]
    for axis in ["r", "i", "o"] { extents[axis] = random.pick(Self.extents[1..<9]) }
    var template = random.pick(Self.templates)
    if random.oneIn(10) { template += random.pick(Self.templates) }
    return template.compactMap { part in
      guard !random.oneIn(25) else { return nil }
      var shape = part.shape.map { extents[$0] ?? 1 }
      if random.oneIn(20), !shape.isEmpty {
        shape[random.below(shape.count)] = random.pick(Self.extents)
      }
      if random.oneIn(40) { shape.append(random.pick(Self.extents)) }
      let type = random.oneIn(30) ? random.pick(Self.types) : type
      return tensor("\(stem).\(part.suffix)", type, shape)
    }
  }

  /// Nil where the tensor would be large.
  private func tensor(
    _ name: String, _ type: (name: String, bytes: Int), _ shape: [Int]
  ) -> Tensor? {
    var count = type.bytes
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      count = product
    }
    return count <= 1 << 16
      ? Tensor(name: name, type: type.name, shape: shape, byteCount: count) : nil
  }

  private func container(of tensors: [Tensor], _ random: inout Randomness) -> Container {
    var seen: Set<String> = []
    var entries: [String] = []
    var data: [UInt8] = []
    for tensor in tensors where seen.insert(tensor.name).inserted || random.oneIn(50) {
      let end = data.count + tensor.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(data.count),\(end)]}")
      data += values(tensor.byteCount, &random)
    }
    let header = "{" + random.pick(Self.metadata) + entries.joined(separator: ",") + "}"
    return Container(header: Array(header.utf8), data: data)
  }

  /// Bytes that are mostly small numbers, at times anything, zeros, or no numbers at all.
  private func values(_ count: Int, _ random: inout Randomness) -> [UInt8] {
    switch random.below(12) {
    case 0: [UInt8](repeating: 0, count: count)
    case 1: [UInt8](repeating: random.pick([0xFF, 0x7F, 0x80]), count: count)
    case 2: (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    default: (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) & 0xBF & 0x3F }
    }
  }
}
