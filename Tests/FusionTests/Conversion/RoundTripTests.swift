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
}
