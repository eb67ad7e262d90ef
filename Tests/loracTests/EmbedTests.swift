import Formats
import Foundation
import Testing

/// `lorac embed`, and encoders other than the builtin one, run as a user runs them.
@Suite struct EmbedTests {
  private static let fixtures = LoracProcess.repository
    .appendingPathComponent("Tests/TextEncodersTests/Fixtures").path
  private static let sdxl = "\(fixtures)/sdxl-tiny-singlefile/model.safetensors"
  private static let vocabulary = "\(fixtures)/sdxl-tiny-singlefile"

  private func expected(_ fixture: String) throws -> JSONValue {
    let url = URL(fileURLWithPath: "\(Self.fixtures)/\(fixture)")
    return try JSONValue(parsing: Array(Data(contentsOf: url)), file: fixture)
  }

  private func vector(_ row: JSONValue) -> [Double] {
    (row["embedding"]?.elements ?? []).compactMap(\.doubleValue)
  }

  /// The F32 tensors of the safetensors file at `path`.
  private func tensors(_ path: String) throws -> [String: [Float]] {
    let file = try SafetensorsFile(path: path)
    var tensors: [String: [Float]] = [:]
    for entry in file.header.tensors where entry.dtype == .f32 {
      tensors[entry.name.string] = try file.withBytes(of: entry) { bytes in
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      }
    }
    return tensors
  }

  @Test(arguments: [(nil, "g"), ("l", "l"), ("g", "g")] as [(String?, String)])
  func checkpointGivesTheVectorsOfTheReference(tower: String?, name: String) throws {
    try withTemporaryFolder { folder in
      let rows = try #require(try expected("sdxl-tiny-singlefile/expected.json")["rows"]?.elements)
      let texts = try rows.map { try #require($0["text"]?.stringValue) }
      let list = JSONValue.array(texts.map { .string($0) }).compact
      try Data(list.utf8).write(to: URL(fileURLWithPath: "\(folder)/texts.json"))
      let result = try LoracProcess.run(
        [
          "embed", "--prompts", "texts.json", "--prompt-syntax", "plain", "--encoder", Self.sdxl,
          "--tokenizer", Self.vocabulary, "--long-prompt", "truncate", "--json", "-o",
          "out.safetensors",
        ] + (tower.map { ["--encoder-tower", $0] } ?? []), in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let document = try result.json()
      #expect(document["schema"]?.stringValue == "lorac.embed/1")
      #expect(document["encoder"]?["spec"]?.stringValue == Self.sdxl)
      let found = try #require(document["embeddings"]?.elements)
      #expect(found.count == texts.count)
      let reference = try tensors("\(Self.vocabulary)/expected.safetensors")
      let written = try #require(try tensors("\(folder)/out.safetensors")["embeddings"])
      for (index, row) in found.enumerated() {
        #expect(row["text"]?.stringValue == texts[index])
        #expect(row["windows"]?.integerValue == 1)
        let vector = vector(row)
        let own = try #require(reference["\(index).\(name).embedding"])
        let worst = zip(vector, own).map { abs($0 - Double($1)) }.max() ?? 1
        #expect(worst < 2e-6 && vector.count == own.count, "\(texts[index])")
        let stored = written[(index * own.count)..<((index + 1) * own.count)]
        #expect(stored.map(Double.init) == vector)
      }
    }
  }

  @Test func bothTowersStandSideBySide() throws {
    try withTemporaryFolder { folder in
      func embed(_ tower: String) throws -> [Double] {
        let result = try LoracProcess.run(
          [
            "embed", "a photo of a cat", "--encoder", Self.sdxl, "--tokenizer", Self.vocabulary,
            "--encoder-tower", tower, "--json",
          ], in: folder)
        return vector(try #require(try result.json()["embeddings"]?.elements?.first))
      }
      let (l, g, both) = (try embed("l"), try embed("g"), try embed("both"))
      let half = 0.5.squareRoot()
      #expect(zip(both, (l + g).map { $0 * half }).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(both.count == l.count + g.count)
    }
  }

  @Test func promptSyntaxIsCleanedAndSaid() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        ["embed", "(a fox:1.3), <lora:x:1>, masterpiece", "a fox", "--json"], in: folder)
      let rows = try #require(try result.json()["embeddings"]?.elements)
      #expect(rows[0]["embedded"]?.stringValue == "a fox")
      #expect(vector(rows[0]) == vector(rows[1]))
      #expect(result.errors.contains("lora"))
      let plain = try LoracProcess.run(
        ["embed", "(a fox:1.3)", "--prompt-syntax", "plain", "--json"], in: folder)
      let row = try #require(try plain.json()["embeddings"]?.elements?.first)
      #expect(row["embedded"]?.stringValue == "(a fox:1.3)")
    }
  }

  @Test func thePageAlignsTextsAndCosines() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(["embed", "a red fox", "a tax return"], in: folder)
      let lines = result.output.split(separator: "\n").map(String.init)
      #expect(result.status == 0 && lines.count == 4, "\(result.output)")
      #expect(lines[2].hasPrefix("1  a red fox ") && lines[2].contains(" 1.000  0."))
      #expect(Set(lines.dropFirst().map(\.count)).count == 1)
    }
  }

  @Test func weightsByTheBasesOwnEncoder() throws {
    try withTemporaryFolder { folder in
      func weights(_ options: [String]) throws -> LoracProcess {
        try LoracProcess.run(
          [
            "weights", LoracProcess.adapters, "--prompt", "a red heart", "--tokenizer",
            Self.vocabulary, "--json",
          ] + options, in: folder)
      }
      let named = try weights(["--encoder", Self.sdxl])
      let base = try weights(["--encoder", "base", "--base", Self.sdxl])
      #expect(named.status == 0, "\(named.errors)")
      #expect(named.output == base.output)
      let document = try base.json()
      #expect(document["attention"]?.stringValue == "softmax")
      #expect(document["temperature"]?.doubleValue == 0.01)
    }
  }

  @Test func depfileNamesTheEncoder() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        [
          "merge", LoracProcess.adapters, "--prompt", "a red heart", "--encoder", Self.sdxl,
          "--tokenizer", Self.vocabulary, "-o", "out.safetensors", "--depfile", "out.d",
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let rule = try String(contentsOfFile: "\(folder)/out.d", encoding: .utf8)
      #expect(rule.contains("\n  \(Self.sdxl) \\\n") || rule.contains("\n  \(Self.sdxl)\n"))
    }
  }

  /// Processes that fill one cache at the same time all succeed and agree; so does one after them.
  @Test func cacheIsSharedByProcesses() throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "weights", LoracProcess.adapters, "--prompt", "a red heart in neon glow style", "--json",
        "--cache", "\(folder)/cache",
      ]
      let folders = try (0..<4).map { index in
        let own = "\(folder)/\(index)"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: false)
        return own
      }
      let processes = try folders.map { try LoracProcess.prepare(arguments, in: $0) }
      for process in processes { try process.run() }
      for process in processes { process.waitUntilExit() }
      var outputs: Set<String> = []
      for (process, own) in zip(processes, folders) {
        let result = try LoracProcess(process, in: own)
        #expect(result.status == 0, "\(result.errors)")
        outputs.insert(result.output)
      }
      outputs.insert(try LoracProcess.run(arguments, in: folders[0]).output)
      #expect(outputs.count == 1)
      let names = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/cache")
      #expect(names.allSatisfy { !$0.contains(".lorac-") })
    }
  }

  @Test(arguments: [
    (["embed"], 64, "no text"), (["embed", "x", "--encoder", "base"], 64, "--base"),
    (["embed", "x", "--encoder", "no/where"], 66, "hf download no/where"),
    (["embed", "x", "--encoder", "no such file"], 66, "not found"),
    (["embed", "x", "--encoder-tower", "g"], 64, "one tower"),
    (["embed", "x", "--tokenizer", "/"], 64, "its own tokenizer"),
    (["embed", "x", "--encoder", "adapter"], 65, "text encoder"),
    (["embed", "x", "--encoder", "empty"], 66, "looked for"),
    (["embed", "x", "-o", "no/folder.safetensors"], 73, "cannot create"),
    (["embed", "x", "-o", "-", "--json"], 64, "standard output"),
    (["embed", "x", "--prompts", "none.txt"], 66, "none.txt"),
    (["weights", "adapter", "--prompt", "x", "--cache", "adapter"], 73, "Not a directory"),
    (["weights", "adapter", "--prompt", "x", "--cache", ""], 64, "--cache"),
    (["weights", "adapter", "--prompt", "x", "--encoder", "base"], 64, "--base"),
  ])
  func badInputHasItsStatusAndOneLine(
    arguments: [String], status: Int32, contains: String
  ) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: "\(LoracProcess.adapters)/heart.safetensors", toPath: "\(folder)/adapter")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/empty", withIntermediateDirectories: false)
      let result = try LoracProcess.run(arguments, in: folder)
      #expect(result.status == status, "\(result.errors)")
      #expect(result.errorLines.count == 1 && result.output.isEmpty)
      #expect(result.errors.contains(contains), "\(result.errors)")
    }
  }
}
