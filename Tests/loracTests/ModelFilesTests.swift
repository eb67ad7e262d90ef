import Formats
import Foundation
import Testing

/// `inspect`, `diff` and `convert` of models: single files, shards and folders.
@Suite struct ModelFilesTests {
  static let bases = "\(LoracProcess.fixtures)/zoo/bases"
  static let shards = "\(bases)/llama_sharded"

  private func run(_ arguments: [String], in folder: String) throws -> LoracProcess {
    try LoracProcess.run(arguments, in: folder)
  }

  private func inspect(_ path: String) throws -> JSONValue {
    try withTemporaryFolder { try run(["inspect", path, "--json"], in: $0).json() }
  }

  /// Name and number of elements of every tensor, read without lorac's readers.
  private static func elements(of path: String) throws -> [String: Int] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: data[8..<8 + length])
    let entries = try #require(header as? [String: [String: Any]])
    return entries.filter { $0.key != "__metadata__" }.mapValues { entry in
      (entry["shape"] as? [Int] ?? []).reduce(1, *)
    }
  }

  @Test func aCheckpointHasItsComponents() throws {
    let path = "\(Self.bases)/sdxl_single.safetensors"
    let document = try inspect(path)
    #expect(document["kind"]?.stringValue == "checkpoint")
    #expect(document["layout"]?.stringValue == "file")
    let elements = try Self.elements(of: path)
    func count(_ prefix: String) -> Int {
      elements.filter { $0.key.hasPrefix(prefix) }.values.reduce(0, +)
    }
    let expected = [
      "unet": count("model.diffusion_model."), "vae": count("first_stage_model."),
      "text_encoder": count("conditioner.embedders.0."),
      "text_encoder_2": count("conditioner.embedders.1."), "other": count("alphas_cumprod"),
    ]
    let components = try #require(document["components"]?.elements)
    let found = components.compactMap { component in
      component["name"]?.stringValue.map { ($0, component["parameters"]?.integerValue ?? -1) }
    }
    #expect(Dictionary(uniqueKeysWithValues: found) == expected)
    #expect(document["parameters"]?.integerValue == elements.values.reduce(0, +))
    let blocks = try #require(document["blocks"]?.elements)
    let inBlocks = blocks.compactMap { $0["parameters"]?.integerValue }.reduce(0, +)
    #expect(inBlocks == elements.values.reduce(0, +))
    #expect(blocks.contains { $0["name"]?.stringValue == "unet.mid_block" })
  }

  @Test(arguments: ["", "/model.safetensors.index.json"])
  func shardsAreOneModel(_ suffix: String) throws {
    let document = try inspect(Self.shards + suffix)
    #expect(document["files"]?.elements?.count == 4)
    #expect(document["family"]?.stringValue == "language model")
    // The numbers of its config.json.
    let facts = try #require(document["configuration"])
    #expect(facts["architecture"]?.stringValue == "LlamaForCausalLM")
    #expect(facts["layers"]?.stringValue == "2" && facts["width"]?.stringValue == "16")
    let elements = try (1...4).flatMap { number in
      try Self.elements(of: "\(Self.shards)/model-0000\(number)-of-00004.safetensors").values
    }
    #expect(document["parameters"]?.integerValue == elements.reduce(0, +))
    #expect(document["tensors"]?.integerValue == elements.count)
  }

  @Test func aPipelineHasItsParts() throws {
    let document = try inspect("\(Self.bases)/sdxl")
    #expect(document["layout"]?.stringValue == "diffusers folder")
    let components = try #require(document["components"]?.elements)
    #expect(
      components.compactMap { $0["name"]?.stringValue } == [
        "unet", "text_encoder", "text_encoder_2",
      ])
    #expect(components.first?["class"]?.stringValue == "UNet2DConditionModel")
    try withTemporaryFolder { folder in
      for width in [80, 160] {
        let page = try LoracProcess.run(
          ["\(Self.bases)/sdxl"], in: folder,
          shell: "COLUMNS=\(width) \"$1\" inspect \"$2\" --color never")
        let lines = page.output.split(separator: "\n").dropFirst()
        #expect(lines.allSatisfy { $0.count <= width })
      }
    }
  }

  /// The corpus tells where every tensor of the folder is in the single file, and in what form.
  @Test(arguments: [("sd15", "sd15_single"), ("sdxl", "sdxl_single"), ("flux", "flux_bfl")])
  func oneModelInTwoLayoutsIsEqual(_ layouts: (String, String)) throws {
    let (folder, file) = ("\(Self.bases)/\(layouts.0)", "\(Self.bases)/\(layouts.1)")
    let map = try JSONValue(
      parsing: Array(Data(contentsOf: URL(fileURLWithPath: "\(file).keymap.json"))), file: "map")
    let known = Set((map.members ?? []).map(\.key))
    let result = try withTemporaryFolder {
      try run(["diff", folder, "\(file).safetensors", "--json", "--tolerance", "1e-3"], in: $0)
    }
    let document = try result.json()
    let rows = try #require(document["modules"]?.elements)
    #expect(rows.count == known.count && !known.isEmpty)
    #expect(rows.allSatisfy { ($0["relativeDistance"]?.doubleValue ?? 1) <= 1e-3 })
    #expect(rows.allSatisfy { ($0["normA"]?.doubleValue ?? 0) >= 0 })
    let only = (document["onlyInA"]?.elements ?? []).compactMap(\.stringValue)
    #expect(only.allSatisfy { !known.contains($0) })
    let singles = Set(try Self.elements(of: "\(file).safetensors").keys)
    let left = (document["onlyInB"]?.elements ?? []).compactMap(\.stringValue)
    #expect(left.allSatisfy(singles.contains))
    #expect(document["differentShapes"]?.elements?.isEmpty == true)
  }

  @Test func aDifferenceInAShardIsFound() throws {
    try withTemporaryFolder { folder in
      let copy = "\(folder)/copy"
      try FileManager.default.copyItem(atPath: Self.shards, toPath: copy)
      let shard = try #require(
        try FileManager.default.contentsOfDirectory(atPath: copy).first {
          $0.hasSuffix(".safetensors")
            && (try? Self.elements(of: "\(copy)/\($0)")["model.norm.weight"]) == 16
        })
      let path = URL(fileURLWithPath: "\(copy)/\(shard)")
      var data = try Data(contentsOf: path)
      let entry = try #require(
        try SafetensorsFile(path: path.path).entry(TensorName("model.norm.weight")))
      let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } + 8
      let place = header + entry.byteRange.lowerBound
      let values = (0..<16).map { index in
        let bits = UInt32(data[place + 2 * index]) | UInt32(data[place + 2 * index + 1]) << 8
        return Double(Float(bitPattern: bits << 16))
      }
      // 2.0 in BF16.
      (data[place], data[place + 1]) = (0x00, 0x40)
      try data.write(to: path)
      let result = try run(["diff", Self.shards, "copy", "--json"], in: folder)
      #expect(result.status == 1)
      let rows = try #require(try result.json()["modules"]?.elements)
      #expect(rows.first?["name"]?.stringValue == "model.norm.weight")
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let distance = abs(values[0] - 2) / norm
      #expect(abs((rows.first?["relativeDistance"]?.doubleValue ?? 0) - distance) < 1e-12)
      #expect(rows.dropFirst().allSatisfy { $0["relativeDistance"]?.doubleValue == 0 })
    }
  }

  @Test func foldersConvertFileByFile() throws {
    try withTemporaryFolder { folder in
      let names = try contents(Self.shards)
      #expect(
        try run(["convert", Self.shards, "-o", "wide", "--dtype", "F32"], in: folder).status == 0)
      #expect(try contents("\(folder)/wide") == names)
      let index = try JSONValue(
        parsing: Array(
          Data(contentsOf: URL(fileURLWithPath: "\(folder)/wide/model.safetensors.index.json"))),
        file: "index")
      let elements = try (1...4).flatMap { number in
        try Self.elements(of: "\(Self.shards)/model-0000\(number)-of-00004.safetensors").values
      }
      #expect(index["metadata"]?["total_size"]?.integerValue == 4 * elements.reduce(0, +))
      let config = try String(contentsOfFile: "\(folder)/wide/config.json", encoding: .utf8)
      #expect(config.contains("float32") && !config.contains("bfloat16"))
      #expect(try run(["diff", "wide", Self.shards], in: folder).status == 0)

      let pack = ["convert", Self.shards, "-o", "packed/", "--compress", "zstd"]
      #expect(try run(pack, in: folder).status == 0)
      let packed = Set(names.map { $0.hasSuffix(".safetensors") ? $0 + ".zst" : $0 })
      #expect(try contents("\(folder)/packed") == packed)
      #expect(try run(["diff", "packed", Self.shards], in: folder).status == 0)
      let unpack = ["convert", "packed", "-o", "plain", "--compress", "none"]
      #expect(try run(unpack, in: folder).status == 0)
      for name in names where !name.hasSuffix(".index.json") {
        let (a, b) = ("\(folder)/plain/\(name)", "\(Self.shards)/\(name)")
        #expect(FileManager.default.contentsEqual(atPath: a, andPath: b), "\(name)")
      }
    }
  }

  @Test func shardsBecomeOneFile() throws {
    try withTemporaryFolder { folder in
      let index = "\(Self.shards)/model.safetensors.index.json"
      let joined = try run(["convert", index, "-o", "one.safetensors.zst"], in: folder)
      #expect(joined.status == 0)
      #expect(try run(["diff", "one.safetensors.zst", index], in: folder).status == 0)
      #expect(try run(["convert", "one.safetensors.zst", "-o", "new/"], in: folder).status == 0)
      #expect(try contents("\(folder)/new") == ["one.safetensors.zst"])
    }
  }

  static let refused: [([String], Int32)] = [
    (["convert", "\(bases)/sdxl", "-o", "x.safetensors"], 64),
    (["convert", "\(bases)/sdxl", "-o", "x", "--dialect", "kohya"], 65),
    (["convert", shards, "-o", "x", "--unset", "nothing"], 64),
    (["convert", shards, "-o", "no/such/folder/"], 73),
    (
      ["convert", "\(bases)/flux_bfl.safetensors", "-o", "x.safetensors", "--compress", "zstd"], 64
    ),
    (["diff", "\(bases)/sdxl", DiffConvertTests.heart], 65),
    (["inspect", "\(bases)/missing"], 66),
  ]

  @Test(arguments: refused) func otherRequestsAreRefused(
    _ arguments: [String], _ status: Int32
  ) throws {
    try withTemporaryFolder { folder in
      let result = try run(arguments, in: folder)
      #expect(result.status == status, "\(result.errors)")
      #expect(result.errorLines.count == 1 && result.output.isEmpty)
      #expect(try contents(folder).isEmpty)
    }
  }
}
