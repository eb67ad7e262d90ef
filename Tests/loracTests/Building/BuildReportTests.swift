import Formats
import Foundation
import Testing

/// What a build says, and what it refuses.
@Suite struct BuildReportTests {
  @Test func allFaultsAreToldBeforeAnythingIsWritten() throws {
    let recipe = BuildFixture.recipe(
      """
        - file: adapters/broken.safetensors
      targets:
        - name: good
          adapters: [heart]
          method: linear
          output: out/good.safetensors
        - name: broken
          adapters: [broken]
          method: linear
          output: out/broken.safetensors
        - name: nothing
          adapters: [ink]
          method: linear
          weights: {ink: 0}
          output: out/nothing.safetensors

      """)
    try withBuild(recipe) { build in
      try build.write("no adapter", to: "adapters/broken.safetensors")
      let result = try build.lorac("build")
      #expect(result.status == 65)
      #expect(result.errorLines.count == 2)
      #expect(result.errors.contains("lorac.yaml:12:11:"))
      #expect(result.errors.contains("target 'broken': adapters/broken.safetensors"))
      #expect(result.errors.contains("target 'nothing': every weight is 0"))
      #expect(!FileManager.default.fileExists(atPath: "\(build.folder)/out"))
      let going = try build.lorac("build", "--keep-going", "--results", "results.jsonl")
      #expect(going.status == 65)
      #expect(try build.outputs().keys.sorted() == ["good.safetensors"])
      let lines = try Self.results(build)
      #expect(lines["good"]?["status"]?.stringValue == "built")
      #expect(lines["broken"]?["exitStatus"]?.doubleValue == 65)
      #expect(lines["nothing"]?["status"]?.stringValue == "failed")
    }
  }

  @Test func missingInputsAreTold() throws {
    try withBuild { build in
      try FileManager.default.removeItem(atPath: "\(build.folder)/adapters/neon.safetensors")
      let result = try build.lorac("build")
      #expect(result.status == 66)
      // Four targets need it, and it is said once.
      #expect(result.errorLines.count == 1)
      #expect(result.errors.contains("adapters/neon.safetensors: No such file or directory"))
      #expect(result.errors.contains("3 other targets"))
    }
  }

  private static func results(_ build: BuildFixture) throws -> [String: JSONValue] {
    let text = try String(contentsOfFile: "\(build.folder)/results.jsonl", encoding: .utf8)
    var found: [String: JSONValue] = [:]
    for line in text.split(separator: "\n") {
      let value = try JSONValue(parsing: Array(line.utf8), file: "results")
      found[value["name"]?.stringValue ?? ""] = value
    }
    return found
  }

  @Test func resultsTellDigests() throws {
    try withBuild { build in
      try build.build("--results", "results.jsonl")
      var lines = try Self.results(build)
      #expect(lines.count == 5)
      let path = "\(build.folder)/out/plain.safetensors"
      #expect(try lines["plain"]?["sha256"]?.stringValue == ContentHash.sha256(ofFile: path))
      #expect(lines["plain"]?["bytes"]?.doubleValue == Double(Folder.byteCount(ofFile: path)))
      #expect(lines["folder"]?["files"]?.elements?.count == 2)
      try build.build("--results", "results.jsonl")
      lines = try Self.results(build)
      #expect(lines["plain"]?["status"]?.stringValue == "unchanged")
      #expect(try lines["plain"]?["sha256"]?.stringValue == ContentHash.sha256(ofFile: path))
    }
  }

  @Test func dryRunsSayWhyAndWriteNothing() throws {
    try withBuild { build in
      let first = try build.lorac("build", "--dry-run", "--json")
      #expect(first.status == 0)
      #expect(try contents(build.folder) == ["adapters", "lorac.yaml"])
      let target = try #require(
        try first.json()["targets"]?.elements?.first { $0["name"]?.stringValue == "plain" })
      #expect(target["status"]?.stringValue == "stale")
      #expect(target["weights"]?["heart"]?.doubleValue == 1)
      #expect(target["weights"]?["star"]?.doubleValue == 0)
      try build.build()
      #expect(
        target["bytes"]?.doubleValue
          == Double(Folder.byteCount(ofFile: "\(build.folder)/out/plain.safetensors")))
      try build.writeAdapter("star", seed: 3)
      let second = try build.lorac("build", "--dry-run")
      #expect(second.output.contains("'adapters/star.safetensors' changed"))
      #expect(second.output.contains("would build 4 targets"))
      #expect(try build.build() == 4)
    }
  }

  @Test func partsAreDisjointAndComplete() throws {
    try withBuild { build in
      var built = 0
      for index in 1...3 { built += try build.build("--shard", "\(index)/3") }
      #expect(built == 5)
      let outputs = try build.outputs()
      // A build of all finds what the parts did.
      #expect(try build.build() == 0)
      #expect(try build.outputs() == outputs)
      let listed = try (1...3).map {
        try build.lorac("build", "--list", "--shard", "\($0)/3").output
      }
      #expect(listed.joined().split(separator: "\n").count == 5)
    }
  }

  @Test func depfilesNameInputsAndOutputs() throws {
    let recipe = BuildFixture.recipe(
      """
      targets:
        - name: one
          adapters: [heart]
          method: linear
          output: out/a b$c#d.safetensors
        - name: two
          prompts: [a star]
          adapters: [star, ink]
          output: out/two.safetensors

      """)
    try withBuild(recipe) { build in
      try build.build("--depfile", "build.d")
      let text = try String(contentsOfFile: "\(build.folder)/build.d", encoding: .utf8)
      #expect(text.hasPrefix("out/a\\ b$$c\\#d.safetensors out/two.safetensors:"))
      for name in [
        "lorac.yaml", "adapters/heart.safetensors", "adapters/star.safetensors",
        "adapters/ink.safetensors",
      ] {
        #expect(text.contains("\n  \(name)"))
      }
      #expect(!text.contains("neon"))
      // The same where nothing is built.
      try FileManager.default.removeItem(atPath: "\(build.folder)/build.d")
      #expect(try build.build("--depfile", "build.d") == 0)
      #expect(try String(contentsOfFile: "\(build.folder)/build.d", encoding: .utf8) == text)
    }
  }

  @Test(arguments: [
    (["build", "none"], 64, "has no target 'none'"),
    (["build", "other.yaml"], 66, "other.yaml"),
    (["build", "--shard", "4/3"], 64, "--shard"),
    (["build", "-j", "0"], 64, "--jobs"),
    (["build", "--depfile", "no/build.d"], 73, "no/build.d"),
  ])
  func refusals(_ arguments: [String], _ status: Int, _ text: String) throws {
    try withBuild { build in
      let result = try LoracProcess.run(arguments, in: build.folder)
      #expect(result.status == Int32(status))
      #expect(result.errors.contains(text), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(build.folder)/out"))
    }
  }
}
