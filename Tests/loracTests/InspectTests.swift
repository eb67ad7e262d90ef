import Formats
import Foundation
import Testing

/// What `lorac inspect` shows of one file, and of several.
@Suite struct InspectTests {
  private func inspect(_ arguments: String...) throws -> LoracProcess {
    try inspect(arguments)
  }

  private func inspect(_ arguments: [String]) throws -> LoracProcess {
    try withTemporaryFolder { try LoracProcess.run(["inspect"] + arguments, in: $0) }
  }

  private let heart = "\(LoracProcess.adapters)/heart.safetensors"

  @Test func oneFileHasAPageThatFits() throws {
    let result = try inspect(heart)
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n").dropFirst().map(String.init)
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.contains { $0.hasPrefix("    images") && $0.hasSuffix(" 600") })
    #expect(lines.contains { $0.hasPrefix("    tags") && $0.contains("blue heart (11)") })
    #expect(lines.contains { $0.contains("unet.mid_block ") && $0.contains("16") })
    #expect(lines.last?.contains("13 metadata entries") == true)
  }

  @Test func severalFilesMakeATable() throws {
    let result = try inspect(LoracProcess.adapters)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 13 && lines.allSatisfy { $0.count <= 100 })
    #expect(lines[0].hasPrefix("file"))
    #expect(lines.dropFirst().allSatisfy { $0.contains(" kohya ") && $0.contains(" LoRA ") })
  }

  /// Blocks and kinds as counted from the names in the file by hand.
  @Test func theDocumentHasBlocksTrainingAndTags() throws {
    let document = try inspect(heart, "--json").json()
    let blocks = try #require(document["blocks"]?.elements)
    #expect(
      blocks.compactMap { $0["name"]?.stringValue } == [
        "unet.down_blocks.0", "unet.down_blocks.1", "unet.mid_block", "unet.up_blocks.0",
        "unet.up_blocks.1",
      ])
    #expect(blocks.compactMap { $0["modules"]?.integerValue } == [2, 14, 16, 28, 4])
    #expect(blocks[1]["kinds"]?["attention"]?.integerValue == 8)
    #expect(blocks[1]["kinds"]?["feed-forward"]?.integerValue == 2)
    #expect(blocks[1]["kinds"]?["convolution"]?.integerValue == 4)
    #expect(document["training"]?["images"]?.stringValue == "600")
    let counts = (document["tags"]?.elements ?? []).compactMap { $0["count"]?.integerValue }
    #expect(!counts.isEmpty && counts == counts.sorted(by: >))
    #expect(document["hashes"] == nil && document["tensorList"] == nil)
  }

  /// The heart has a trigger phrase, which somebody wrote down; the other file only what it was trained on.
  @Test func triggersOfTrainingAreToldWhereNoneAreWrittenDown() throws {
    try withTemporaryFolder { folder in
      let stem = "lora_unet_mid_block_attentions_0_proj_in"
      let layout = try SafetensorsLayout(
        tensors: ["lora_down", "lora_up"].map {
          .init(name: "\(stem).\($0).weight", dtype: .f32, shape: [1, 1])
        },
        metadata: [
          "ss_tag_frequency": #"{"10_ohwx woman": {"smile": 20, "hat": 3}}"#,
          "ss_dataset_dirs": #"{"10_ohwx woman": {"n_repeats": 10, "img_count": 20}}"#,
          "ss_network_module": "networks.lora", "ss_epoch": "7", "ss_num_epochs": "10",
          "ss_training_started_at": "1697042034.2", "ss_training_finished_at": "1697047390.9",
        ], file: "")
      try (Data(layout.header) + Data(count: 8)).write(
        to: URL(fileURLWithPath: "\(folder)/a.safetensors"))
      let page = try LoracProcess.run(["inspect", "a.safetensors"], in: folder).output
      #expect(
        page.contains("  ohwx woman (folder of training images), smile (tag of all 20 images)\n"))
      #expect(page.contains("  10_ohwx woman: 20 images × 10\n"))
      #expect(page.contains("  epoch 7 of 10\n") && page.contains("  sd-scripts (kohya-ss)\n"))
      let document = try LoracProcess.run(["inspect", "a.safetensors", "--json"], in: folder).json()
      let training = document["training"]
      #expect(document["key"]?["triggers"]?.elements?.isEmpty == true)
      let triggers = training?["triggers"]?.elements ?? []
      #expect(triggers.compactMap { $0["source"]?.stringValue } == ["folder", "tags"])
      #expect(training?["datasets"]?.elements?.first?["repeats"]?.integerValue == 10)
      #expect(training?["epoch"]?.stringValue == "7")
      #expect(training?["started"]?.stringValue == "2023-10-11T16:33:54Z")
      #expect(training?["durationSeconds"]?.integerValue == 5357)
    }
    let page = try inspect(heart).output
    #expect(page.contains("  triggers   heart\n"))
  }

  @Test func manyFoldersOfImagesAreCutShort() throws {
    try withTemporaryFolder { folder in
      let names = (1...9).map { "\"\($0)_fox \($0)\": {}" }.joined(separator: ", ")
      let layout = try SafetensorsLayout(
        tensors: [.init(name: "t", dtype: .f32, shape: [1])],
        metadata: ["ss_dataset_dirs": "{\(names)}"], file: "")
      try (Data(layout.header) + Data(count: 4)).write(
        to: URL(fileURLWithPath: "\(folder)/a.safetensors"))
      let page = try LoracProcess.run(["inspect", "a.safetensors"], in: folder).output
      #expect(page.contains("5_fox 5: repeats 5\n") && page.contains("  and 4 more\n"))
      #expect(!page.contains("6_fox 6: "))
    }
  }

  /// Hashes by `sha256sum` of the file, and of the file without its header by `tail -c`.
  @Test func hashesAreThoseOfOtherTools() throws {
    let hashes = try #require(try inspect(heart, "--hash", "--json").json()["hashes"])
    #expect(
      hashes["sha256"]?.stringValue
        == "d6cec27b3922970f68d6b329f100cede2c7da14bd4bfbea1eb1b529cd3c19873")
    #expect(hashes["autoV2"]?.stringValue == "D6CEC27B39")
    #expect(
      hashes["autoV3"]?.stringValue
        == "c03bdaf9ca35febc42f08bdf8afe7487ccfa1d614739bdfe4ba442d28eefa116")
  }

  @Test func listsAreForWhoAsks() throws {
    let tensors = try inspect(heart, "--tensors").output
    #expect(tensors.contains("lora_unet_mid_block_attentions_0_proj_in.alpha"))
    let list = try inspect(heart, "--tensors", "--json").json()["tensorList"]?.elements
    #expect(list?.count == 192)
    #expect(try inspect(heart, "--metadata").output.contains("modelspec.trigger_phrase  heart"))
    #expect(try inspect(heart, "--modules").output.contains("unet.mid_block.attentions.0.proj_in"))
  }

  /// Why a file is no adapter is one thing, what is in it another.
  @Test func brokenAdaptersAreShown() throws {
    let broken = "\(ValidateTests.malformed)/ad_rank_mismatch.safetensors"
    for options in [[], ["--tensors"], ["--metadata"]] {
      let result = try inspect([broken] + options)
      #expect(result.status == 65 && result.errorLines.count == 1)
      #expect(result.output.contains("warning:") && result.output.contains("rank"))
      #expect(result.output.contains("lora_down") == (options == ["--tensors"]))
    }
    let document = try inspect(broken, "--tensors", "--json").json()
    #expect(document["tensorList"]?.elements?.isEmpty == false)
    #expect(document["warnings"]?.elements?.count == 1)
    let table = try inspect(broken, heart, "--tensors")
    #expect(table.status == 65 && table.output.contains("heart.safetensors"))
  }

  @Test func manyBlocksAreCutShort() throws {
    try withTemporaryFolder { folder in
      let names = (0..<500).map { "t\($0)" }
      let layout = try SafetensorsLayout(
        tensors: names.map { .init(name: $0, dtype: .f32, shape: [1]) }, metadata: [:], file: "")
      var data = Data(layout.header)
      data.append(Data(count: 4 * names.count))
      try data.write(to: URL(fileURLWithPath: "\(folder)/a.safetensors"))
      let page = try LoracProcess.run(["inspect", "a.safetensors"], in: folder).output
      #expect(page.split(separator: "\n").count < 140)
      #expect(page.contains("and 440 more"))
    }
  }

  @Test func filesOfOneNameAreToldApart() throws {
    try withTemporaryFolder { folder in
      for place in ["x/a", "x/b", "y"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(place)", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          atPath: heart, toPath: "\(folder)/\(place)/lora.safetensors")
      }
      try FileManager.default.copyItem(atPath: heart, toPath: "\(folder)/other.safetensors")
      let table = try LoracProcess.run(["inspect", "."], in: folder).output
      let names = table.split(separator: "\n").dropFirst()
        .compactMap { $0.split(separator: " ").first.map(String.init) }
      #expect(Set(names).isSuperset(of: ["a/lora", "b/lora", "y/lora", "other"]))
    }
  }

  /// One long name does not make every row as long.
  @Test(arguments: ["--tensors", "--modules", "--metadata", "--stats"])
  func oneLongNameIsOneLongRow(_ option: String) throws {
    try withTemporaryFolder { folder in
      let long = String(repeating: "y", count: 20_000)
      let stems = [long] + (0..<300).map { "b\($0)" }
      let names = stems.flatMap { stem in
        ["lora_down", "lora_up"].map { "lora_unet_\(stem).\($0).weight" }
      }
      let layout = try SafetensorsLayout(
        tensors: names.map { .init(name: $0, dtype: .f32, shape: [1, 1]) },
        metadata: Dictionary(uniqueKeysWithValues: stems.map { ($0, "x") }), file: "")
      var data = Data(layout.header)
      data.append(Data(repeating: 0x3F, count: 4 * names.count))
      let path = "\(folder)/a.safetensors"
      try data.write(to: URL(fileURLWithPath: path))
      let result = try inspect(path, option)
      #expect(result.status == 0 && !result.output.isEmpty)
      #expect(result.output.utf8.count < 400_000)
    }
  }
}
