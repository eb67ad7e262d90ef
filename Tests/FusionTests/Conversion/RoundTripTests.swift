import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// Ways from one dialect to another and back give the same file.
@Suite struct RoundTripTests {
  /// The file of weights at `path`, a file or a PEFT folder.
  private static func weights(_ path: String) -> String {
    path.hasSuffix("/") ? path + "adapter_model.safetensors" : path
  }

  private static func expectSameFiles(_ path: String, _ other: String) throws {
    #expect(try TestMerge.bytes(weights(path)) == TestMerge.bytes(weights(other)))
    guard path.hasSuffix("/") else { return }
    let config = "adapter_config.json"
    #expect(try TestMerge.bytes(path + config) == TestMerge.bytes(other + config))
  }

  /// There and back again, through every dialect and layout: the same file, header and configuration
  /// included, whatever library wrote it.
  @Test(arguments: Zoo.singles) func roundTripsGiveTheSameFile(_ zoo: Zoo.Case) throws {
    let file = try AdapterFile(path: zoo.path)
    // Native names are only read.
    guard file.dialect != .native else { return }
    let isFolder = file.config != nil
    try TestMerge.withTemporaryFolder { folder in
      var input = zoo.path
      if isFolder {
        // Under the names that a written folder has.
        input = "\(folder)/in/"
        try ConversionTests.convert(zoo.path, to: input, ConversionOptions())
        #expect(try TestMerge.bytes(Self.weights(input)) == TestMerge.bytes(file.tensors.path))
        #expect(
          try TestMerge.bytes(input + "adapter_config.json") == TestMerge.bytes(file.files[1]))
      }
      for dialect in ConversionTests.dialects {
        for there in ["there.safetensors", "there/"] where there.last != "/" || dialect == .peft {
          let name = "\(dialect.rawValue)-\(there)"
          guard
            let path = try ConversionTests.converted(input, to: dialect, at: "\(folder)/\(name)")
          else { continue }
          let back = "\(folder)/back-\(dialect.rawValue)" + (isFolder ? "/" : ".safetensors")
          try ConversionTests.convert(path, to: back, ConversionOptions(dialect: file.dialect))
          try Self.expectSameFiles(input, back)
        }
      }
    }
  }

  /// The same for what lorac wrote, through every pair of dialects.
  @Test(arguments: Zoo.singles) func roundTripsOfConvertedFiles(_ zoo: Zoo.Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      for first in ConversionTests.dialects {
        for second in ConversionTests.dialects where first != second {
          let file = { (name: String) in "\(folder)/\(name).safetensors" }
          guard let a = try ConversionTests.converted(zoo.path, to: first, at: file("a")),
            let b = try ConversionTests.converted(a, to: second, at: file("b")),
            let c = try ConversionTests.converted(b, to: first, at: file("c"))
          else { continue }
          // Of an alpha that kohya's names hold in binary32 the rest is gone.
          if try ConversionTests.distance(a, b) > 0 {
            #expect(try ConversionTests.distance(a, c) <= ConversionTests.alphaRounding)
          } else {
            try Self.expectSameFiles(a, c)
          }
        }
      }
    }
  }

  /// A file in kohya's names with the entry `lorac.source` of `path` changed by `change`, and what its
  /// conversion to the dialect of `path` gives.
  private static func back(
    from path: String, by dialect: AdapterDialect, _ folder: String,
    _ options: ConversionOptions, changing change: (String) -> String
  ) throws -> String {
    let (there, changed) = ("\(folder)/there.safetensors", "\(folder)/changed.safetensors")
    try ConversionTests.convert(path, to: there, ConversionOptions(dialect: dialect))
    let source = try #require(SafetensorsFile(path: there).header.metadata["lorac.source"])
    let edits = MetadataEdits(set: [("lorac.source", change(source))])
    try ConversionTests.convert(there, to: changed, ConversionOptions(edits: edits))
    let back = "\(folder)/back.safetensors"
    try ConversionTests.convert(changed, to: back, options)
    return back
  }

  /// What a file says of its former names counts only where it is read alike.
  @Test(arguments: [
    ("\".lora_down.weight\"", "\".lora_up.weight\""), ("{", "["), ("\"lycoris\"", "\"lora_te1\""),
    ("\"lycoris\"", "\"\""), ("\"kohya\"", "\"no dialect\""), ("\"lycoris\"", "{\"a\":[]}"),
  ])
  func aRecordThatDoesNotFitIsPassedOver(_ old: String, _ new: String) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "lyc_locon" }).path
      let back = try Self.back(
        from: path, by: .diffusers, folder, ConversionOptions(dialect: .kohya)
      ) { source in
        // A map of ends that are the same has no entry.
        let source = source.replacing(
          "\"names\":{",
          with: "\"names\":{\"suffixes\":{\".lora_down.weight\":\".lora_down.weight\"},")
        return source.replacing("\(old)", with: new)
      }
      #expect(try ConversionTests.distance(path, back) == 0)
      let stems = try AdapterFile(path: back).modules.map(\.stem)
      #expect(stems.allSatisfy { $0.hasPrefix("lora_unet_") } || old.contains("lora_down"))
    }
  }

  /// A record is of the modules that it was made for.
  @Test func aRecordOfOtherModulesIsPassedOver() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "lyc_locon" }).path
      let there = "\(folder)/there.safetensors"
      try ConversionTests.convert(path, to: there, ConversionOptions(dialect: .diffusers))
      let file = try SafetensorsFile(path: there)
      let kept = file.header.tensors.filter { !$0.name.string.hasPrefix("unet.conv_in.") }
      let fewer = try TensorFile(
        tensors: kept.map { entry in
          let values = try file.copy(entry).withRawBytes { HalfPrecision.widen($0, as: .f32) }
          return .init(name: entry.name.string, shape: entry.shape, values: values)
        }, metadata: file.header.metadata
      ).write(to: "\(folder)/fewer.safetensors")
      let back = "\(folder)/back.safetensors"
      try ConversionTests.convert(fewer, to: back, ConversionOptions(dialect: .kohya))
      let modules = try AdapterFile(path: back).modules
      #expect(modules.count == kept.count / 2)
      #expect(modules.allSatisfy { $0.stem.hasPrefix("lora_unet_") })
    }
  }

  /// Hashes of tensors come back with the tensors, and only with them.
  @Test func hashesComeBackWithTheirTensors() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "kohya_sd15_full_fp16" }).path
      let hashes = ["sshs_model_hash", "sshs_legacy_hash"]
      func stored(_ path: String) throws -> [String] {
        let metadata = try SafetensorsFile(path: path).header.metadata
        return hashes.compactMap { metadata[$0] }
      }
      #expect(try stored(path).count == 2)
      var options = ConversionOptions(dialect: .kohya)
      let back = try Self.back(from: path, by: .diffusers, folder, options) { $0 }
      #expect(try stored("\(folder)/there.safetensors").isEmpty)
      #expect(try stored(back) == stored(path))
      #expect(try TestMerge.bytes(back) == TestMerge.bytes(path))
      options.dtype = .f32
      #expect(try stored(Self.back(from: path, by: .diffusers, folder, options) { $0 }).isEmpty)
    }
  }

  /// The two factors of a module of `rank`, in the names that `suffixes` end.
  private static func factors(
    _ stem: String, _ suffixes: (down: String, up: String), rank: Int, seed: UInt64
  ) -> [TensorFile.Tensor] {
    [
      .random(stem + suffixes.down, [rank, 8], seed: seed),
      .random(stem + suffixes.up, [8, rank], seed: seed + 1),
    ]
  }

  private static let kohya = (down: ".lora_down.weight", up: ".lora_up.weight")
  private static let attention = "attentions_0_transformer_blocks_0_attn1_to_"

  struct Sample: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// By the stem of each module, the numbers beside its factors.
    let modules: [(stem: String, numbers: [(suffix: String, shape: [Int], value: Float)])]
    var isDiffusers = false

    /// Modules of the middle block with these numbers each.
    init(_ name: String, _ numbers: [[(suffix: String, shape: [Int], value: Float)]]) {
      testDescription = name
      modules = zip(["q", "k", "v"], numbers).map { ("lora_unet_mid_block_\(attention)\($0)", $1) }
    }

    /// Modules of these names, each with an alpha.
    init(_ name: String, stems: [String], isDiffusers: Bool = false) {
      testDescription = name
      modules = stems.map { ($0, [(".alpha", [], 1.5)]) }
      self.isDiffusers = isDiffusers
    }
  }

  static let samples = [
    Sample(
      "alphas of shape [1]", [[(".alpha", [1], 2)], [(".alpha", [1], 2)], [(".alpha", [1], 2)]]),
    Sample("alphas of some", [[(".alpha", [], 2)], [], [(".alpha", [], 1)]]),
    Sample("scalars", [[(".alpha", [], 2), (".scalar", [], 0.75)], [(".scalar", [1], -1)], []]),
    Sample("scales", [[(".scale", [], 0.5)], [(".scale", [], 0.5)], [(".alpha", [], 3)]]),
    Sample(
      "two prefixes",
      stems: [
        "lycoris_mid_block_\(attention)q", "lora_unet_mid_block_\(attention)k",
        "lycoris_mid_block_\(attention)v", "lora_unet_down_blocks_0_\(attention)q",
      ]),
    Sample(
      "names of two generations",
      stems: [
        "lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q",
        "lora_unet_down_blocks_0_\(attention)q",
      ]),
    Sample(
      "underscores at the ends",
      stems: ["lora_unet_mid_block_\(attention)q_", "lora_unet__mid_block_\(attention)k"]),
    Sample(
      "numbered and not",
      stems: [
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te1_text_model_encoder_layers_1_self_attn_q_proj",
      ]),
    Sample(
      "alphas in the names of diffusers",
      stems: ["q", "k"].map { "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_\($0)" },
      isDiffusers: true),
  ]

  /// Spellings and numbers that no fixture has.
  @Test(arguments: samples) func unusualFormsComeBack(_ sample: Sample) throws {
    let suffixes = sample.isDiffusers ? (".lora_A.weight", ".lora_B.weight") : Self.kohya
    let tensors = sample.modules.enumerated().flatMap { index, module in
      Self.factors(module.stem, suffixes, rank: 2, seed: UInt64(index))
        + module.numbers.map {
          .init(name: module.stem + $0.suffix, shape: $0.shape, values: [$0.value])
        }
    }
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      let dialect = try AdapterFile(path: path).dialect
      let expected = try SlowDelta.deltas(ofAdapterAt: path)
      for other in ConversionTests.dialects where other != dialect {
        let (there, back) = ("\(folder)/b.safetensors", "\(folder)/c.safetensors")
        try ConversionTests.convert(path, to: there, ConversionOptions(dialect: other))
        try FamilyRoundTripTests.expectSame(SlowDelta.deltas(ofAdapterAt: there), expected)
        try ConversionTests.convert(there, to: back, ConversionOptions(dialect: dialect))
        try Self.expectSameFiles(path, back)
      }
    }
  }

  /// An entry of scales would be for all modules, so tensors tell the scales of all or of none.
  @Test(arguments: [[8.0, 4, nil], [8, nil, nil], [nil, 2, nil]] as [[Float?]])
  func editedNumbersOfSome(_ alphas: [Float?]) throws {
    try TestMerge.withTemporaryFolder { folder in
      let prefix = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_"
      let tensors = zip(["q", "k", "v"], alphas).enumerated().flatMap { index, module in
        Self.factors(
          prefix + module.0, (".lora_A.weight", ".lora_B.weight"), rank: 2, seed: UInt64(index))
          + (module.1.map { [.number("\(prefix)\(module.0).alpha", $0)] } ?? [])
      }
      let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      let (there, back) = ("\(folder)/b.safetensors", "\(folder)/c.safetensors")
      try ConversionTests.convert(path, to: there, ConversionOptions(dialect: .kohya))
      // Another tool changes the strength of one module.
      let file = try SafetensorsFile(path: there)
      let edited = try TensorFile(
        tensors: file.header.tensors.map { entry in
          var values = try file.copy(entry).withRawBytes { HalfPrecision.widen($0, as: .f32) }
          if entry.name.string.hasSuffix("to_k.alpha") { values = [0.5] }
          return .init(name: entry.name.string, shape: entry.shape, values: values)
        }, metadata: file.header.metadata
      ).write(to: "\(folder)/d.safetensors")
      try ConversionTests.convert(edited, to: back, ConversionOptions(dialect: .diffusers))
      try FamilyRoundTripTests.expectSame(
        SlowDelta.deltas(ofAdapterAt: back), SlowDelta.deltas(ofAdapterAt: edited))
    }
  }

  /// The configuration of before does not hold for what a scale was folded into.
  @Test(arguments: ["peft_lokr_both", "peft_loha"]) func foldedScalesNeedNoConfiguration(
    _ id: String
  ) throws {
    let path = try #require(Zoo.singles.first { $0.id == id }).path
    try TestMerge.withTemporaryFolder { folder in
      let there = "\(folder)/a.safetensors"
      try ConversionTests.convert(path, to: there, ConversionOptions(dialect: .kohya))
      let error = #expect(throws: FormatError.self) {
        try ConversionTests.convert(
          there, to: "\(folder)/b/", ConversionOptions(dialect: .peft, foldsScale: true))
      }
      #expect(error?.kind == .unsupported)
    }
  }

  /// A stale record gives way to the names that the file has now.
  @Test func aRecordOfOlderNamesGivesWay() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "lyc_locon" }).path
      let there = "\(folder)/there.safetensors"
      try ConversionTests.convert(path, to: there, ConversionOptions(dialect: .diffusers))
      let record = try #require(SafetensorsFile(path: there).header.metadata["lorac.source"])
      let kohya = try #require(Zoo.singles.first { $0.id == "kohya_no_alpha" }).path
      let stale = "\(folder)/stale.safetensors"
      // As if another tool had given the names of today and kept all metadata.
      let other = record.replacing("lycoris", with: "lora_te9")
      try ConversionTests.convert(
        kohya, to: stale, ConversionOptions(edits: MetadataEdits(set: [("lorac.source", other)])))
      try ConversionTests.convert(stale, to: there, ConversionOptions(dialect: .diffusers))
      let kept = try SafetensorsFile(path: there).header.metadata["lorac.source"]
      #expect(kept?.contains("lora_te9") != true)
    }
  }

  /// A folder on the way is none the wiser: three steps, and the same bytes.
  @Test(arguments: ["kohya_bf16", "kohya_no_alpha", "flux_kohya_fused"])
  func byFileAndFolder(_ id: String) throws {
    let path = try #require(Zoo.singles.first { $0.id == id }).path
    try TestMerge.withTemporaryFolder { folder in
      let (file, peft, back) = (
        "\(folder)/a.safetensors", "\(folder)/b/", "\(folder)/c.safetensors"
      )
      try ConversionTests.convert(path, to: file, ConversionOptions(dialect: .peft))
      try ConversionTests.convert(file, to: peft, ConversionOptions())
      try ConversionTests.convert(peft, to: back, ConversionOptions(dialect: .kohya))
      try Self.expectSameFiles(path, back)
    }
  }

  /// What the base model and the task are is known also where the configuration no longer holds.
  @Test func factsOfTheConfigurationStay() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = "base_model.model.model.layers.0.self_attn.q_proj"
      let path = try TensorFile(
        tensors: Self.factors(stem, (".lora_A.weight", ".lora_B.weight"), rank: 2, seed: 1),
        config: """
          {"peft_type": "LORA", "r": 2, "lora_alpha": 3, "target_modules": ["q_proj"],
          "base_model_name_or_path": "org/base", "task_type": "CAUSAL_LM"}
          """
      ).write(to: "\(folder)/a")
      let (there, back) = ("\(folder)/b.safetensors", "\(folder)/c/")
      try ConversionTests.convert(path, to: there, ConversionOptions(dialect: .kohya))
      try ConversionTests.convert(
        there, to: back, ConversionOptions(dialect: .peft, foldsScale: true))
      let config = try AdapterFile(path: back).config
      #expect(config?.baseModel == "org/base" && config?.taskType == "CAUSAL_LM")
    }
  }

  /// Edits of hashes are the user's, in both directions.
  @Test func editedHashesStay() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "kohya_sd15_full_fp16" }).path
      let (there, back) = ("\(folder)/there.safetensors", "\(folder)/back.safetensors")
      func hashes(_ forth: MetadataEdits, _ edits: MetadataEdits) throws -> [String?] {
        try ConversionTests.convert(
          path, to: there, ConversionOptions(dialect: .diffusers, edits: forth))
        try ConversionTests.convert(
          there, to: back, ConversionOptions(dialect: .kohya, edits: edits))
        let metadata = try SafetensorsFile(path: back).header.metadata
        return ["sshs_model_hash", "sshs_legacy_hash"].map { metadata[$0] }
      }
      let own = try SafetensorsFile(path: path).header.metadata
      let stored = ["sshs_model_hash", "sshs_legacy_hash"].map { own[$0] }
      let none = MetadataEdits()
      #expect(try hashes(none, none) == stored)
      #expect(try hashes(none, MetadataEdits(set: [("x", "y")])) == stored)
      let unset = MetadataEdits(unset: ["sshs_model_hash"])
      #expect(try hashes(unset, none) == [nil, stored[1]])
      let mine = MetadataEdits(set: [("sshs_model_hash", "mine")])
      // As any other hash of a file it does not hold for the names of the next.
      #expect(try hashes(mine, none) == [nil, stored[1]])
      #expect(try hashes(none, mine) == ["mine", stored[1]])
    }
  }
}
