import Formats
import Foundation
import Testing

/// The command that says what is wrong with files.
@Suite struct ValidateTests {
  static let malformed = "\(LoracProcess.fixtures)/zoo/malformed"
  static let sound = "\(LoracProcess.adapters)/heart.safetensors"

  static func run(_ arguments: String...) throws -> LoracProcess {
    try withTemporaryFolder { try LoracProcess.run(["validate"] + arguments, in: $0) }
  }

  @Test func statuses() throws {
    let warned = "\(Self.malformed)/ad_alpha_negative.safetensors"
    let bad = "\(Self.malformed)/truncated_data.safetensors"
    #expect(try Self.run(Self.sound).status == 0)
    #expect(try Self.run(Self.sound, "--strict").status == 0)
    #expect(try Self.run(warned).status == 0)
    #expect(try Self.run(warned, "--strict").status == 1)
    #expect(try Self.run(bad).status == 1)
    #expect(try Self.run(bad, Self.sound, "no-such-file").status == 66)
    #expect(try Self.run().status == 64)
    #expect(try Self.run("--explain", "E9999").status == 64)
    #expect(try Self.run("--explain", "E0103", bad).status == 64)
    #expect(try Self.run(Self.sound, "--base", "no-such-base").status == 66)
  }

  @Test func textIsALineForEachFindingAndASummary() throws {
    let result = try Self.run(
      "\(Self.malformed)/truncated_data.safetensors",
      "\(Self.malformed)/ad_alpha_negative.safetensors",
      Self.sound)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("error    E0103 truncated-data  "))
    #expect(
      lines[0].contains("truncated_data.safetensors: byte 151: the file ends after 151 bytes"))
    #expect(lines[1].hasPrefix("warning  W0405 negative-alpha  "))
    #expect(
      lines[2] == "3 files: 1 ok, 1 with warnings, 1 with errors (1 error, 1 warning)")
    #expect(result.errors.isEmpty)
    let quiet = try Self.run("-q", "\(Self.malformed)/ad_alpha_negative.safetensors", Self.sound)
    #expect(quiet.output.isEmpty && quiet.status == 0)
  }

  @Test func theDocumentIsThatOfTheContract() throws {
    let result = try Self.run(
      "\(Self.malformed)/truncated_data.safetensors", Self.sound, "--json")
    #expect(result.status == 1)
    let document = try result.json()
    #expect(document["schema"]?.stringValue == "lorac.validate/1")
    let files = try #require(document["files"]?.elements)
    #expect(files.map { $0["verdict"]?.stringValue } == ["errors", "ok"])
    #expect(files[1]["findings"]?.elements?.isEmpty == true)
    let finding = try #require(files[0]["findings"]?.elements?.first)
    #expect(finding["code"]?.stringValue == "E0103")
    #expect(finding["severity"]?.stringValue == "error")
    #expect(finding["place"]?.stringValue == "byte 151")
    #expect(finding["message"]?.stringValue?.contains("152") == true)
    #expect(finding["remedy"]?.stringValue?.isEmpty == false)
  }

  /// The whole corpus at once: a verdict for each, bounded memory, nothing raw on the terminal, and
  /// the same text whatever the number of threads.
  @Test func aFolderOfHostileFiles() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        ["validate", Self.malformed], in: folder, shell: "ulimit -d 300000 && exec \"$@\"")
      #expect(result.status == 1)
      #expect(result.errors.isEmpty)
      #expect(!result.output.unicodeScalars.contains { $0 != "\n" && $0.value < 0x20 })
      let single = try LoracProcess.run(["validate", Self.malformed, "--threads", "1"], in: folder)
      #expect(single.output == result.output)
      // Shards are validated with their index, in one entry.
      let document = try LoracProcess.run(["validate", Self.malformed, "--json"], in: folder).json()
      let paths = try #require(document["files"]?.elements).compactMap { $0["file"]?.stringValue }
      #expect(paths.count == 89)
      #expect(!paths.contains { $0.hasSuffix("s1.safetensors") })
    }
  }

  /// No verb prints what a file says unescaped.
  @Test(arguments: ["name_ansi", "metadata_ansi", "name_newline"])
  func hostileTextIsEscapedByEveryVerb(_ name: String) throws {
    try withTemporaryFolder { folder in
      let file = "\(Self.malformed)/\(name).safetensors"
      let hostile = "\(folder)/\u{1B}[31mred\u{7}.safetensors"
      try FileManager.default.copyItem(atPath: file, toPath: hostile)
      let arguments = [
        ["validate"], ["validate", "--json"], ["inspect"], ["inspect", "--metadata"],
        ["merge", "--method", "linear", "-o", "out.safetensors"], ["weights", "--prompt", "x"],
        ["merge", "--method", "linear", "--base", Self.sound, "-o", "out.safetensors"],
        ["embed", "x", "--encoder"],
      ]
      for arguments in arguments {
        for path in [file, hostile] {
          let result = try LoracProcess.run(arguments + [path], in: folder)
          let text = (result.output + result.errors).unicodeScalars
          #expect(!text.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x7F })
        }
      }
    }
  }

  /// A file whose name no text can hold is not passed over.
  @Test func namesThatAreNotUTF8AreTold() throws {
    try withTemporaryFolder { folder in
      func shell(_ script: String) throws -> LoracProcess {
        try LoracProcess.run([Self.sound], in: folder, shell: script)
      }
      let name = "$(printf 'd/a\\377.safetensors')"
      let made = try shell("mkdir d e; cp \"$2\" \"\(name)\"; cp \"$2\" d/b.safetensors; : > e/x")
      #expect(made.status == 0)
      let all = try LoracProcess.run(["validate", "d", "--json"], in: folder)
      #expect(all.status == 66)
      let files = try #require(try all.json()["files"]?.elements)
      #expect(
        files.compactMap { $0["file"]?.stringValue } == ["d/b.safetensors", "d/a\\xff.safetensors"])
      #expect(files.compactMap { $0["verdict"]?.stringValue } == ["ok", "errors"])
      for arguments in [
        ["inspect", "d"], ["merge", "d", "--method", "linear", "-o", "o.safetensors"],
      ] {
        let result = try LoracProcess.run(arguments, in: folder)
        #expect(result.status == 66)
        #expect(result.errors.contains("d/a\\xff.safetensors: its name is not UTF-8"))
      }
      for verb in ["inspect", "validate"] {
        let direct = try shell("exec \"$1\" \(verb) \"\(name)\"")
        #expect(direct.status == 66)
        #expect((direct.output + direct.errors).contains("its name is not UTF-8"))
      }
      // Of a folder, nobody knows what is in it.
      let nested = try shell("mkdir \"$(printf 'e/\\377')\"; exec \"$1\" validate e")
      #expect(nested.status == 66 && nested.output.contains("e/\\xff"))
    }
  }

  /// Found by the fuzzer: where one entry cannot be read, no place of the others is checked.
  @Test func placesBesideABrokenEntryMayBeAnything() throws {
    let json =
      #"{"a":{"dtype":"BF16","shape":[],"data_offsets":[10,9223372036854775807]},"#
      + #""b":{"dtype":"F32","data_offsets":[0,4]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.utf8.count >> (8 * $0)) }
    try withTemporaryFolder { folder in
      try Data(length + Array(json.utf8) + [0, 0, 0, 0]).write(
        to: URL(fileURLWithPath: "\(folder)/a.safetensors"))
      let result = try LoracProcess.run(
        ["validate", "a.safetensors", "a.safetensors.zst"], in: folder,
        shell: "zstd -q a.safetensors && exec \"$@\"")
      #expect(result.status == 1)
      #expect(result.output.components(separatedBy: "E0107").count == 3)
    }
  }

  @Test func codesAreExplained() throws {
    let one = try Self.run("--explain", "truncated-data")
    #expect(one.status == 0)
    #expect(one.output.hasPrefix("E0103 truncated-data (error)\n  cause:  the file ends before"))
    let page = LoracProcess.repository.appendingPathComponent("docs/findings.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    // `lorac validate --explain all` prints the table of the page.
    #expect(text.hasSuffix("\n\n" + (try Self.run("--explain", "all")).output))
  }

  @Test func codesAreExplainedToPrograms() throws {
    let one = try Self.run("--explain", "truncated-data", "--json").json()
    #expect(one["schema"]?.stringValue == "lorac.explain/1")
    let finding = try #require(one["findings"]?.elements?.first)
    #expect(finding["code"]?.stringValue == "E0103")
    #expect(finding["name"]?.stringValue == "truncated-data")
    #expect(finding["severity"]?.stringValue == "error")
    let all = try #require(
      try Self.run("--explain", "all", "--json").json()["findings"]?.elements)
    #expect(all.count == FindingCode.allCases.count)
    for finding in all {
      #expect(finding["cause"]?.stringValue?.isEmpty == false)
      #expect(finding["remedy"]?.stringValue?.isEmpty == false)
    }
  }
}
