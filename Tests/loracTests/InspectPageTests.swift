import Formats
import Foundation
import Testing

/// The pages of `lorac inspect` at several widths, and with what files may hold.
@Suite struct InspectPageTests {
  /// Writes an adapter of rank 1 with these modules; the weights of each are larger than those before.
  private func write(
    _ stems: [String], metadata: [String: String] = [:], fill: Float? = nil, to path: String
  ) throws {
    let names = stems.flatMap { ["\($0).lora_down.weight", "\($0).lora_up.weight"] }
    let layout = try SafetensorsLayout(
      tensors: names.map { .init(name: $0, dtype: .f32, shape: [1, 1]) }, metadata: metadata,
      file: "")
    var data = Data(layout.header)
    for index in names.indices {
      let value = (fill ?? Float(1 + index)).bitPattern.littleEndian
      withUnsafeBytes(of: value) { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: path))
  }

  private func lines(
    _ arguments: [String], in folder: String, columns: Int
  ) throws -> [String] {
    let result = try LoracProcess.run(
      arguments, in: folder, shell: "export COLUMNS=\(columns); exec \"$@\"")
    #expect(result.status == 0)
    return result.output.split(separator: "\n").map(String.init)
  }

  /// Modules of two text encoders and a UNet, with the longest names that SDXL has.
  private static let sdxl =
    ["te1", "te2"].flatMap { encoder in
      (0..<12).map { "lora_\(encoder)_text_model_encoder_layers_\($0)_mlp_fc1" }
    }
    + (0..<10).flatMap { block in
      ["attn1_to_q", "attn2_to_k", "ff_net_0_proj"].map {
        "lora_unet_up_blocks_0_attentions_1_transformer_blocks_\(block)_\($0)"
      }
    }

  @Test(arguments: [60, 72, 80, 100, 160]) func tablesFit(_ columns: Int) throws {
    try withTemporaryFolder { folder in
      try write(Self.sdxl, to: "\(folder)/a.safetensors")
      // A hash and its indent are of 70 columns, and stay in one piece.
      for (option, limit) in [("--stats", columns), ("--color=always", columns), ("--hash", 70)] {
        let page = try lines(["inspect", "a.safetensors", option], in: folder, columns: columns)
        let plain = page.map { $0.replacing(/\u{1B}\[\d+m/, with: "") }
        #expect(plain.map(\.count).max() ?? 0 <= max(columns, limit), "\(option)")
      }
      let table = try lines(["inspect", "a.safetensors"], in: folder, columns: columns)
      let blocks = lines(of: table, from: "  block").prefix(4)
      #expect(blocks.count == 4 && Set(blocks.map(\.count)).count == 1)
      #expect(blocks.allSatisfy { $0.count <= columns })
    }
  }

  /// No two rows have one name: text encoders, and modules that differ in the middle of their names.
  @Test(arguments: [60, 80, 160]) func rowsAreToldApart(_ columns: Int) throws {
    try withTemporaryFolder { folder in
      try write(Self.sdxl, to: "\(folder)/a.safetensors")
      let page = try lines(["inspect", "a.safetensors", "--stats"], in: folder, columns: columns)
      let blocks = names(in: page, below: "  block", startingWith: "  ").prefix(25)
      #expect(Set(blocks).count == 25)
      let legend = page.filter { $0.contains("te2: text_encoder_2") }
      #expect(legend.count == (columns < 100 ? 1 : 0))
      let modules = names(in: page, below: "  strongest", startingWith: "  unet")
      #expect(modules.count == 5)
      if columns > 60 {
        #expect(
          modules.first == "unet.up_blocks.0.attentions.1.transformer_blocks.9.ff.net.0.proj")
        #expect(Set(modules).count == 5)
      }
    }
  }

  /// The first words of the lines below a title.
  private func names(in page: [String], below title: String, startingWith start: String) -> [String]
  {
    lines(of: page, from: title).dropFirst().filter { $0.hasPrefix(start) }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  /// Outside of tests: the compiler takes a closure of theirs for one in a macro's argument.
  private func lines(of page: [String], from title: String) -> ArraySlice<String> {
    page.drop { !$0.hasPrefix(title) }
  }

  @Test func freeTextLeavesRoomForOtherColumns() throws {
    try withTemporaryFolder { folder in
      let family = String(repeating: "very long family ", count: 2000)
      let stem = "lora_unet_a"
      for (name, family) in [("a", family), ("b", "short")] {
        try write(
          [stem], metadata: ["ss_base_model_version": family, "modelspec.trigger_phrase": "fox"],
          to: "\(folder)/\(name).safetensors")
      }
      for columns in [60, 80, 160] {
        let table = try lines(["inspect", "."], in: folder, columns: columns)
        try #require(table.count >= 3)
        #expect(table[0].hasSuffix("key") || table[0].contains("  key "))
        #expect(table[0].contains("rank") || table.contains { $0.hasPrefix("all: ") })
        #expect(table[1].contains("…") && table[1].hasSuffix("fox"))
        #expect(table.allSatisfy { $0.count <= columns })
      }
    }
  }

  @Test func metadataIsWrappedForPeopleAndWholeForPrograms() throws {
    try withTemporaryFolder { folder in
      let words = Array(repeating: "word", count: 400).joined(separator: " ")
      let picture = "data:image/jpeg;base64," + String(repeating: "A", count: 5000)
      let key = String(repeating: "k", count: 70)
      try write(
        ["lora_unet_a"],
        metadata: ["note": words, "modelspec.thumbnail": picture, key: "value", "x": "\u{1B}[31m"],
        to: "\(folder)/a.safetensors")
      let command = ["inspect", "a.safetensors", "--metadata"]
      let page = try LoracTerminal.lines(command, in: folder, columns: 80)
      #expect(page.allSatisfy { $0.count <= 80 })
      let note = Array(lines(of: page, from: "    note").prefix(7))
      try #require(note.count == 7)
      let indent = String(repeating: " ", count: 25)
      #expect(note[1].hasPrefix(indent + "word word"))
      #expect(note[6].hasPrefix(indent + "… 1 ") && note[6].contains("--json"))
      #expect(page.contains { $0.contains("data:image/jpeg… 5.0 kB") })
      #expect(page.contains("    " + key) && page.contains(indent + "value"))
      #expect(page.contains { $0.hasSuffix("\\u{1b}[31m") })
      let whole = try LoracProcess.run(command, in: folder).output
      #expect(whole.contains(words) && whole.contains(picture))
    }
  }

  /// A value or a name of some megabytes takes no more time or room than the page.
  @Test func hugeTextsAreCutBeforeTheyAreRead() throws {
    try withTemporaryFolder { folder in
      let word = String(repeating: "ä", count: 2_000_000)
      try write(
        ["lora_unet_a"], metadata: ["ss_training_comment": word, "ss_sd_model_name": word],
        to: "\(folder)/a.safetensors")
      try write(["lora_unet_\(word)"], to: "\(folder)/b.safetensors")
      let start = ContinuousClock.now
      for (file, options) in [("a", []), ("b", []), ("b", ["--tensors"]), ("b", ["--stats"])] {
        let page = try LoracTerminal.lines(
          ["inspect", "\(file).safetensors"] + options, in: folder, columns: 80)
        #expect(page.allSatisfy { $0.count < 300 } && page.count < 60)
      }
      #expect(ContinuousClock.now - start < .seconds(20))
      let document = try LoracProcess.run(["inspect", "b.safetensors", "--json"], in: folder)
      let name = try #require(try document.json()["modules"]?.elements?.first?["name"]?.stringValue)
      #expect(name.contains(word))
      // Half of the module.
      try write([], to: "\(folder)/c.safetensors")
      let layout = try SafetensorsLayout(
        tensors: [.init(name: "lora_unet_\(word).lora_down.weight", dtype: .f32, shape: [1, 1])],
        metadata: [:], file: "")
      try (Data(layout.header) + Data(count: 4))
        .write(to: URL(fileURLWithPath: "\(folder)/c.safetensors"))
      for verb in ["inspect", "validate"] {
        let result = try LoracProcess.run([verb, "c.safetensors"], in: folder)
        #expect(result.output.utf8.count < 4000 && result.errors.utf8.count < 2000)
        #expect(result.status != 0 && result.output.contains("…"))
      }
    }
  }

  @Test func hashesThatAreStaleFit() throws {
    try withTemporaryFolder { folder in
      let claim = String(repeating: "0123456789abcdef", count: 4)
      try write(
        ["lora_unet_a"], metadata: ["sha256": claim, "AutoV2": "\u{1B}[31m"],
        to: "\(folder)/a.safetensors")
      for columns in [60, 80, 160] {
        let page = try lines(["inspect", "a.safetensors", "--hash"], in: folder, columns: columns)
        // A hash and its indent are of 70 columns, and stay in one piece.
        #expect(page.allSatisfy { $0.count <= max(columns, 70) })
        let text = page.map { $0.trimmingCharacters(in: .whitespaces) }.joined()
        #expect(text.replacing(" ", with: "").contains("(themetadatasay\(claim))"))
        #expect(!text.contains("\u{1B}") && text.contains("\\u{1b}[31m"))
      }
    }
  }

  /// Norms that are no numbers, or beyond all, do not stop a page.
  @Test(arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1, 0])
  func everyNumberHasAPage(_ value: Float) throws {
    try withTemporaryFolder { folder in
      try write(["lora_unet_a", "lora_unet_b"], fill: value, to: "\(folder)/a.safetensors")
      try write(["lora_unet_a", "lora_unet_b"], to: "\(folder)/b.safetensors")
      let page = try LoracProcess.run(["inspect", "a.safetensors", "--stats"], in: folder)
      #expect(page.status == 0 && page.output.contains("‖ΔW‖"))
      let pair = ["a.safetensors", "b.safetensors"]
      for pair in [pair, pair.reversed()] {
        let result = try LoracProcess.run(["diff"] + pair, in: folder)
        #expect([1, 65].contains(result.status))
      }
    }
  }

  @Test func filesThatFailAreInTheDocument() throws {
    try withTemporaryFolder { folder in
      try write(["lora_unet_a"], to: "\(folder)/a.safetensors")
      try Data("no".utf8).write(to: URL(fileURLWithPath: "\(folder)/b.safetensors"))
      let result = try LoracProcess.run(
        ["inspect", "missing.safetensors", "a.safetensors", "b.safetensors", "--json"], in: folder)
      #expect(result.status == 66 && result.errorLines.count == 2)
      let document = try result.json()
      #expect(document["files"]?.elements?.count == 1)
      let failed = try #require(document["failed"]?.elements)
      #expect(
        failed.compactMap { $0["file"]?.stringValue } == ["missing.safetensors", "b.safetensors"])
      #expect(failed.allSatisfy { $0["error"]?["message"]?.stringValue?.isEmpty == false })
      // A folder is several files, also where only one of them can be shown.
      let whole = try LoracProcess.run(["inspect", ".", "--json"], in: folder).json()
      #expect(whole["files"]?.elements?.count == 1 && whole["failed"]?.elements?.count == 1)
      let sound = try LoracProcess.run(
        ["inspect", "a.safetensors", "a.safetensors", "--json"], in: folder)
      #expect(try sound.status == 0 && sound.json()["failed"] == nil)
    }
  }
}
