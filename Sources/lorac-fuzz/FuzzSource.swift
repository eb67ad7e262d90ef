import Formats

/// Makes inputs: files of the corpus changed here and there, and adapters made up from parts.
struct FuzzSource {
  private let files: [[UInt8]]
  private let containers: [Container]
  private let documents: [[UInt8]]
  private let maker: AdapterMaker
  private var mutator: Mutator

  private static let hostile = [
    "", "__metadata__", "../../etc/passwd", "/dev/zero", "\\u001b[2J", "\\ud800", "caf\u{301}",
    "a.lora_up.weight", "alpha", "F32", "F4", "BOOL", "dtype", "shape", "data_offsets",
    "lora_adapter_metadata", "peft_type", "LORA", "IA3", "LOKR", "rank_pattern", "(a|b)*c{1,64}",
    "weight_map", "adapter_model.safetensors", "model.safetensors",
  ]

  /// - Parameters:
  ///   - corpus: the folders whose files are changed.
  ///   - seed: what all choices follow from.
  /// - Throws: `FormatError` when a file of the corpus cannot be read.
  init(corpus: [String], seed: UInt64) throws {
    var paths: [String] = []
    for folder in corpus { try Self.find(folder, into: &paths) }
    files = try paths.sorted().map { try Folder.bytes(ofFile: $0, limit: 1 << 19) }
    containers = files.compactMap { Container($0) }
    documents = files.filter { $0.first == UInt8(ascii: "{") }
    let names = containers.prefix(120).flatMap { Self.names(in: $0.header) }
    maker = AdapterMaker(stems: Self.stems(names))
    mutator = Mutator(
      random: Randomness(seed: seed),
      words: names.prefix(4000).map { Array($0.utf8) } + Self.hostile.map { Array($0.utf8) })
  }

  private static func find(_ folder: String, into paths: inout [String]) throws {
    for name in try Folder.contents(of: folder) {
      let path = "\(folder)/\(name)"
      if Folder.isFolder(path) {
        try find(path, into: &paths)
      } else if !name.hasPrefix("expected"), name != "manifest.json",
        let size = try? MappedFile(path: path).byteCount, size <= 1 << 19
      {
        paths.append(path)
      }
    }
  }

  private static func names(in header: [UInt8]) -> [String] {
    guard let json = try? JSONValue(parsing: header, file: "") else { return [] }
    return json.members?.map(\.key) ?? []
  }

  private static func stems(_ names: [String]) -> [String] {
    let stems = Set(
      names.compactMap { name in name.firstIndex(of: ".").map { String(name[..<$0]) } }
        + names.map { $0.split(separator: ".").dropLast(2).joined(separator: ".") })
    return ["lora_unet_mid_block_attentions_0_proj_in", "model.layers.0.self_attn.q_proj"]
      + stems.filter { !$0.isEmpty && !$0.contains("\"") && !$0.contains("\\") }.sorted()
  }

  /// The next input.
  mutating func next() -> FuzzInput {
    switch mutator.random.below(10) {
    case 0...1: FuzzInput("input.safetensors", mutator.mutate(mutator.random.pick(files)))
    case 2...3: FuzzInput("input.safetensors", mutatedHeader())
    case 4...6: FuzzInput("input.safetensors", made())
    case 7: FuzzInput("input.safetensors.zst", compressed())
    case 8: peftFolder()
    default: index()
    }
  }

  private mutating func mutatedHeader() -> [UInt8] {
    var container = mutator.random.pick(containers)
    container.header = mutator.mutateJSON(container.header)
    return file(container)
  }

  private mutating func made() -> [UInt8] {
    var container = maker.container(&mutator.random)
    if mutator.random.oneIn(4) { container.header = mutator.mutateJSON(container.header) }
    return file(container)
  }

  /// The file of `container`, now and then with a wrong length.
  private mutating func file(_ container: Container) -> [UInt8] {
    guard mutator.random.oneIn(20) else { return container.file() }
    let count = UInt64(container.header.count)
    return container.file(
      length: mutator.random.pick([0, 1, count &- 1, count + 1, 100_000_000, 1 << 40, .max]))
  }

  private mutating func compressed() -> [UInt8] {
    let plain = mutator.random.oneIn(2) ? made() : mutator.random.pick(containers).file()
    var file = ZstdWrapper.wrapped(plain, &mutator.random)
    if mutator.random.oneIn(10) {
      for _ in 0..<mutator.random.below(400) { file += ZstdWrapper.zeros(128 << 10) }
    }
    return mutator.random.oneIn(2) ? mutator.mutate(file) : file
  }

  private mutating func peftFolder() -> FuzzInput {
    let config = mutator.mutateJSON(mutator.random.pick(documents))
    let tensors = mutator.random.oneIn(2) ? made() : mutator.random.pick(containers).file()
    return FuzzInput(
      path: "peft",
      files: [("peft/adapter_config.json", config), ("peft/adapter_model.safetensors", tensors)])
  }

  private mutating func index() -> FuzzInput {
    let container = maker.container(&mutator.random)
    let map = Self.names(in: container.header).map { "\"\($0)\":\"model-1.safetensors\"" }
    let json =
      "{\"metadata\":{\"total_size\":\(container.data.count)},\"weight_map\":{"
      + map.joined(separator: ",") + "}}"
    let changed =
      mutator.random.oneIn(8) ? Array(json.utf8) : mutator.mutateJSON(Array(json.utf8))
    return FuzzInput(
      path: "shards/model.safetensors.index.json",
      files: [
        ("shards/model.safetensors.index.json", changed),
        ("shards/model-1.safetensors", container.file()),
      ])
  }
}
