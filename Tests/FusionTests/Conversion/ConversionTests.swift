import Formats
import Foundation
import Fusion
import Testing

/// Conversions keep what an adapter does.
@Suite struct ConversionTests {
  /// Converts `path` to `output`, a file or, with a slash at its end, a PEFT folder.
  @discardableResult static func convert(
    _ path: String, to output: String, _ options: ConversionOptions, threads: Int = 2,
    level: Int? = nil
  ) throws -> ConversionPlan {
    let isFolder = output.hasSuffix("/")
    let plan = try ConversionPlan(path: path, options: options, isFolder: isFolder)
    if isFolder {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      try Data((plan.config ?? "").utf8).write(
        to: URL(fileURLWithPath: output + "adapter_config.json"))
    }
    let file = isFolder ? output + "adapter_model.safetensors" : output
    _ = try ConversionOutput(
      plan, destination: SafetensorsDestination(place: .file(file), zstdLevel: level)
    ).write(threads: threads) { _, _ in }
    return plan
  }

  static func distance(_ first: String, _ second: String) throws -> Double {
    let comparison = try ComparisonTests.compare(first, second)
    #expect(comparison.onlyInFirst.isEmpty && comparison.onlyInSecond.isEmpty)
    #expect(comparison.misfits.isEmpty)
    return comparison.largestDistance
  }

  /// What can be converted to `dialect`, at `output`; nil if it is refused, by name.
  static func converted(
    _ path: String, to dialect: AdapterDialect, at output: String,
    _ more: ConversionOptions = ConversionOptions()
  ) throws -> String? {
    var options = more
    options.dialect = dialect
    do {
      try convert(path, to: output, options)
      return output
    } catch let error as FormatError {
      #expect(error.kind == .unsupported, "\(error)")
      let isOfAll = error.problem.contains("one model") || error.problem.contains("single file")
      #expect(error.place != nil || isOfAll, "\(error)")
      return nil
    }
  }

  static let dialects = AdapterDialect.written
  /// The rounding of an alpha to binary32 is all that is lost.
  static let alphaRounding = 0x1p-24

  /// Every adapter of the corpus, in every dialect that has names for it, does the same.
  @Test(arguments: Zoo.singles) func deltasStay(_ zoo: Zoo.Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      for dialect in Self.dialects {
        guard
          let path = try Self.converted(
            zoo.path, to: dialect, at: "\(folder)/\(dialect.rawValue).safetensors")
        else { continue }
        let distance = try Self.distance(zoo.path, path)
        #expect(distance <= Self.alphaRounding, "\(dialect): \(distance)")
        // No module is lost or renamed on the way.
        let targets = try [zoo.path, path].map {
          Set(try AdapterFile(path: $0).modules.flatMap { $0.stack.pieces.map(\.target) })
        }
        #expect(targets[0] == targets[1])
      }
    }
  }

  /// Without another dialect or type every tensor of any file is copied, and metadata stays.
  @Test(arguments: Zoo.singles) func containersChangeNoTensor(_ zoo: Zoo.Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      let isPEFT = try AdapterFile(path: zoo.path).config != nil
      let (packed, plain) =
        isPEFT
        ? ("\(folder)/a/", "\(folder)/b/")
        : ("\(folder)/a.safetensors.zst", "\(folder)/b.safetensors")
      let plan = try Self.convert(
        zoo.path, to: packed, ConversionOptions(), level: isPEFT ? nil : 3)
      #expect(plan.changedCount == 0)
      try Self.convert(packed, to: plain, ConversionOptions())
      let before = try AdapterFile(path: zoo.path).tensors
      let after = try AdapterFile(path: plain).tensors
      #expect(before.header.metadata == after.header.metadata)
      #expect(Set(before.header.tensors.map(\.name)) == Set(after.header.tensors.map(\.name)))
      for entry in before.header.tensors {
        let other = try #require(after.entry(entry.name))
        let same = try before.copy(entry) == after.copy(other)
        #expect(same && entry.shape == other.shape && entry.dtype == other.dtype)
      }
      if isPEFT {
        let name = "adapter_config.json"
        #expect(try TestMerge.bytes("\(zoo.path)/\(name)") == TestMerge.bytes(plain + name))
      }
    }
  }

  /// Scales in the factors: every scale is 1, and the deltas are those of before, rounded.
  @Test(arguments: Zoo.singles) func foldedScalesAreOne(_ zoo: Zoo.Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      for dialect in Self.dialects {
        let output = "\(folder)/\(dialect.rawValue).safetensors"
        let options = ConversionOptions(dtype: .f32, foldsScale: true)
        guard let path = try Self.converted(zoo.path, to: dialect, at: output, options) else {
          continue
        }
        let file = try AdapterFile(path: path)
        #expect(file.modules.allSatisfy { $0.scale.value == 1 })
        #expect(try Self.distance(zoo.path, path) <= 0x1p-22)
      }
    }
  }

  @Test(arguments: [(DType.f16, 0x1p-10), (.bf16, 0x1p-7), (.f32, 0)])
  func typesRoundOnce(_ dtype: DType, _ limit: Double) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "lyc_mixed_algos" }).path
      let output = "\(folder)/out.safetensors"
      try Self.convert(path, to: output, ConversionOptions(dtype: dtype))
      let file = try AdapterFile(path: output)
      #expect(file.modules.flatMap(\.dtypes).allSatisfy { $0 == dtype })
      let distance = try Self.distance(path, output)
      #expect(distance <= limit && (dtype == .f32 || distance > limit / 64), "\(distance)")
    }
  }

  @Test func whatATypeCannotHoldIsAnError() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = SampleAlgorithm.kohya
      let path = try TensorFile(tensors: [
        .init(name: "\(stem).lora_up.weight", shape: [2, 1], values: [1e6, 1]),
        .init(name: "\(stem).lora_down.weight", shape: [1, 2], values: [1, 1]),
      ]).write(to: "\(folder)/a.safetensors")
      let error = #expect(throws: FormatError.self) {
        try Self.convert(path, to: "\(folder)/b.safetensors", ConversionOptions(dtype: .f16))
      }
      #expect(error?.place == "tensor '\(stem).lora_up.weight'")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/b.safetensors"))
    }
  }

  /// What is no more than half of the least number of a type becomes 0, as ties go to even.
  @Test func whatVanishesIsCounted() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: [
        .init(name: "a.weight", shape: [6], values: [0, 1, 0x1p-25, -0x1p-30, 0x1.02p-25, -0]),
        .init(name: "b.weight", shape: [2], values: [0x1p-133, 3]),
        .init(name: "c.weight", shape: [2], values: [1, 2]),
      ]).write(to: "\(folder)/a.safetensors")
      func losses(_ dtype: DType) throws -> [ConversionLoss] {
        let plan = try ConversionPlan(
          path: path, options: ConversionOptions(dtype: dtype), isFolder: false)
        return try ConversionOutput(
          plan, destination: SafetensorsDestination(place: .file("\(folder)/b.safetensors"))
        ).write(threads: 2) { _, _ in }.losses
      }
      let found = try losses(.f16)
      #expect(found.map(\.tensor) == ["a.weight", "b.weight"])
      #expect(found.map(\.count) == [2, 1] && found.map(\.elementCount) == [6, 2])
      #expect(
        ConversionLoss.sentence(found)?.contains(
          "3 elements that are not zero became zero in F16, of 2 tensors, first in 'a.weight' (2 of 6)"
        )
          == true)
      #expect(try losses(.bf16).isEmpty && losses(.f32).isEmpty)
      let file = try SafetensorsFile(path: "\(folder)/b.safetensors")
      #expect(file.header.tensors.count == 3)
    }
  }

  @Test func metadataIsKeptEditedAndStripped() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try #require(Zoo.singles.first { $0.id == "kohya_sd15_full_fp16" }).path
      let before = try SafetensorsFile(path: path).header.metadata
      let output = "\(folder)/out.safetensors"
      func metadata(_ options: ConversionOptions) throws -> [String: String] {
        try Self.convert(path, to: output, options)
        return try SafetensorsFile(path: output).header.metadata
      }
      let edits = MetadataEdits(
        set: [("a", "b=c"), ("ss_network_dim", "5")], unset: ["modelspec.title"])
      var expected = before
      (expected["a"], expected["ss_network_dim"], expected["modelspec.title"]) = ("b=c", "5", nil)
      #expect(try metadata(ConversionOptions(edits: edits)) == expected)
      // Hashes of the tensors go when the tensors change; training metadata stays.
      let bf16 = try metadata(ConversionOptions(dtype: .bf16))
      #expect(bf16 == before.filter { !$0.key.hasPrefix("sshs_") })
      let renamed = try metadata(
        ConversionOptions(dialect: .diffusers, edits: MetadataEdits(strips: true)))
      #expect(Set(renamed.keys) == ["lora_adapter_metadata"])
      #expect(try Self.distance(path, output) == 0)
      let folded = try metadata(ConversionOptions(foldsScale: true))
      #expect(before["ss_network_alpha"] == "3" && folded["ss_network_alpha"] == "Dynamic")
      #expect(throws: FusionError.self) {
        try metadata(ConversionOptions(edits: MetadataEdits(unset: ["no such key"])))
      }
      #expect(throws: FusionError.self) {
        try metadata(ConversionOptions(edits: MetadataEdits(unset: ["lora_adapter_metadata"])))
      }
    }
  }

  @Test func modelsKeepTheirNames() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(
        tensors: [
          .random("model.a.weight", [6, 5], seed: 1), .random("model.b.weight", [3], seed: 2),
        ], metadata: ["format": "pt"]
      ).write(to: "\(folder)/a.safetensors")
      let output = "\(folder)/b.safetensors"
      try Self.convert(path, to: output, ConversionOptions())
      #expect(try TestMerge.bytes(path) == TestMerge.bytes(output))
      try Self.convert(path, to: output, ConversionOptions(dtype: .f16))
      let file = try SafetensorsFile(path: output)
      #expect(file.header.tensors.allSatisfy { $0.dtype == .f16 })
      #expect(try ComparisonTests.compare(path, output).largestDistance < 0x1p-11)
      for options in [ConversionOptions(dialect: .kohya), ConversionOptions(foldsScale: true)] {
        #expect(throws: FormatError.self) { try Self.convert(path, to: output, options) }
      }
    }
  }

  @Test func threadsChangeNoByte() throws {
    let path = try #require(Zoo.singles.first { $0.id == "flux_kohya_fused" }).path
    try TestMerge.withTemporaryFolder { folder in
      let options = ConversionOptions(dialect: .diffusers, dtype: .f16)
      let bytes = try [1, 2, 7].map { threads in
        let output = "\(folder)/\(threads).safetensors"
        try Self.convert(path, to: output, options, threads: threads)
        return try TestMerge.bytes(output)
      }
      #expect(Set(bytes).count == 1)
    }
  }
}
