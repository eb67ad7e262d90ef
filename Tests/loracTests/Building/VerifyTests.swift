import Formats
import Foundation
import Testing

/// Statements of provenance, and artifacts that are made again from them.
@Suite struct VerifyTests {
  private static func statement(_ build: BuildFixture, _ name: String) throws -> JSONValue {
    let path = "\(build.folder)/\(name).intoto.json"
    return try JSONValue(parsing: Folder.bytes(ofFile: path, limit: 1 << 20), file: path)
  }

  private static func verify(_ build: BuildFixture, _ arguments: String...) throws -> LoracProcess {
    try LoracProcess.run(["verify"] + arguments, in: build.folder)
  }

  /// Changes one bit of the byte at `offset` from the end.
  private static func damage(_ path: String, at offset: Int) throws {
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.count - 1 - offset] ^= 4
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func everyArtifactOfABuildIsVerified() throws {
    try withBuild { build in
      try build.build("--provenance")
      for name in [
        "plain.safetensors", "packed.safetensors.zst", "soft.safetensors", "fixed.safetensors",
        "folder/",
      ] {
        let result = try Self.verify(build, "out/\(name)", "--json")
        #expect(result.status == 0, "\(name): \(result.errors)\(result.output)")
        let document = try result.json()
        #expect(document["schema"]?.stringValue == "lorac.verify/1")
        #expect(document["compared"]?.stringValue == "bytes")
      }
      // The statement is a part of the target.
      #expect(try build.build("--provenance") == 0)
      try FileManager.default.removeItem(
        atPath: "\(build.folder)/out/plain.safetensors.intoto.json")
      #expect(try build.build("--provenance") == 1)
    }
  }

  @Test func statementsHaveTheirStandardForm() throws {
    try withBuild { build in
      try build.build("--provenance")
      let text = try String(
        contentsOfFile: "\(build.folder)/out/plain.safetensors.intoto.json", encoding: .utf8)
      // No clock, no place of this machine.
      #expect(!text.contains(build.folder) && !text.contains("finishedOn"))
      let statement = try Self.statement(build, "out/plain.safetensors")
      #expect(statement["_type"]?.stringValue == "https://in-toto.io/Statement/v1")
      #expect(statement["predicateType"]?.stringValue == "https://slsa.dev/provenance/v1")
      let subject = try #require(statement["subject"]?.elements?.first)
      #expect(subject["name"]?.stringValue == "plain.safetensors")
      #expect(
        try subject["digest"]?["sha256"]?.stringValue
          == ContentHash.sha256(ofFile: "\(build.folder)/out/plain.safetensors"))
      let definition = try #require(statement["predicate"]?["buildDefinition"])
      let dependencies = definition["resolvedDependencies"]?.elements ?? []
      #expect(
        dependencies.compactMap { $0["name"]?.stringValue }
          == BuildFixture.names.sorted().map { "../adapters/\($0).safetensors" })
      for dependency in dependencies {
        let path = "\(build.folder)/out/\(dependency["name"]?.stringValue ?? "")"
        #expect(
          try dependency["digest"]?["sha256"]?.stringValue == ContentHash.sha256(ofFile: path))
      }
      #expect(
        definition["externalParameters"]?["prompts"]?.elements?.first?.stringValue
          == "a heart in neon sign style")
      let builder = statement["predicate"]?["runDetails"]?["builder"]
      #expect(builder?["id"]?.stringValue?.hasPrefix("urn:uuid:") == true)
      // The clock of reproducible builds, if it is set.
      let process = try LoracProcess.prepare(["build", "--provenance", "-q"], in: build.folder)
      process.environment?["SOURCE_DATE_EPOCH"] = "86400"
      try process.run()
      process.waitUntilExit()
      #expect(
        try Self.statement(build, "out/plain.safetensors")["predicate"]?["runDetails"]?[
          "metadata"]?[
            "finishedOn"]?.stringValue == "1970-01-02T00:00:00Z")
    }
  }

  @Test func changesAreFound() throws {
    try withBuild { build in
      try build.build("--provenance")
      let artifact = "\(build.folder)/out/plain.safetensors"
      let good = try #require(FileManager.default.contents(atPath: artifact))
      for offset in [0, 100, good.count / 2, good.count - 1] {
        try Self.damage(artifact, at: offset)
        let result = try Self.verify(build, "out/plain.safetensors")
        #expect(result.status == 1)
        #expect(result.output.contains("is not what was written"))
        try good.write(to: URL(fileURLWithPath: artifact))
      }
      let input = "\(build.folder)/adapters/heart.safetensors"
      let content = try #require(FileManager.default.contents(atPath: input))
      try Self.damage(input, at: 7)
      let changed = try Self.verify(build, "out/plain.safetensors")
      #expect(changed.status == 1)
      #expect(changed.output.contains("heart.safetensors: is not what was read"))
      try FileManager.default.removeItem(atPath: input)
      let missing = try Self.verify(build, "out/plain.safetensors")
      #expect(missing.status == 66)
      // By content, under another name.
      try FileManager.default.createDirectory(
        atPath: "\(build.folder)/store", withIntermediateDirectories: true)
      try content.write(to: URL(fileURLWithPath: "\(build.folder)/store/blob"))
      #expect(try Self.verify(build, "out/plain.safetensors", "--inputs", "store").status == 0)
    }
  }

  /// A statement whose parameters are not those of the artifact, with all digests right.
  @Test func artifactsThatCannotBeMadeSoAreFound() throws {
    try withBuild { build in
      try build.build("--provenance")
      let path = "\(build.folder)/out/fixed.safetensors.intoto.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let forged = text.replacing("\"strength\": 2", with: "\"strength\": 3")
      #expect(forged != text)
      try build.write(forged, to: "out/fixed.safetensors.intoto.json")
      let result = try Self.verify(build, "out/fixed.safetensors", "--json")
      #expect(result.status == 1)
      #expect(
        try result.json()["findings"]?.elements?.first?["kind"]?.stringValue == "differs")
      // On another kind of processor too, as deltas are far apart.
      try build.write(
        forged.replacing("\"processor\": \"", with: "\"processor\": \"other "),
        to: "out/fixed.safetensors.intoto.json")
      #expect(try Self.verify(build, "out/fixed.safetensors").status == 1)
      for broken in ["", "{}", text.replacing("Statement/v1", with: "Statement/v2")] {
        try build.write(broken, to: "out/fixed.safetensors.intoto.json")
        #expect(try Self.verify(build, "out/fixed.safetensors").status == 65)
      }
      try FileManager.default.removeItem(atPath: path)
      #expect(try Self.verify(build, "out/fixed.safetensors").status == 66)
    }
  }

  /// A statement tells where the artifact is made again, which is nowhere but in a temporary folder.
  @Test(arguments: [
    "../../../../../../../../../../../PLACE/precious", "../adapters/heart.safetensors",
  ])
  func statementsWriteNowhere(_ output: String) throws {
    try withBuild { build in
      try build.build("--provenance")
      try build.write("precious", to: "precious.safetensors")
      let input = try Data(
        contentsOf: URL(fileURLWithPath: "\(build.folder)/adapters/heart.safetensors"))
      let path = "out/fixed.safetensors.intoto.json"
      let text = try String(contentsOfFile: "\(build.folder)/\(path)", encoding: .utf8)
      let hostile = output.replacing("PLACE", with: String(build.folder.dropFirst()))
      let forged = text.replacing(
        "\"output\": \"fixed.safetensors\"", with: "\"output\": \"\(hostile).safetensors\""
      )
      .replacing(".safetensors.safetensors\"", with: ".safetensors\"")
      #expect(forged != text)
      try build.write(forged, to: path)
      let result = try Self.verify(build, "out/fixed.safetensors")
      #expect(result.status == 65, "\(result.errors)\(result.output)")
      #expect(result.errors.contains("is not the subject"))
      #expect(
        try String(contentsOfFile: "\(build.folder)/precious.safetensors", encoding: .utf8)
          == "precious")
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: "\(build.folder)/adapters/heart.safetensors"))
          == input)
    }
  }

  @Test func theNamedFileIsTheOneThatIsVerified() throws {
    try withBuild { build in
      try build.build("--provenance")
      try build.write("junk", to: "out/junk.safetensors")
      let statement = "out/plain.safetensors.intoto.json"
      let junk = try Self.verify(build, "out/junk.safetensors", "--statement", statement)
      #expect(junk.status == 1)
      let other = try Self.verify(build, "out/soft.safetensors", "--statement", statement)
      #expect(other.status == 1)
      let folder = try Self.verify(build, "out/folder", "--statement", statement)
      #expect(folder.status == 65)
      try FileManager.default.moveItem(
        atPath: "\(build.folder)/out/plain.safetensors",
        toPath: "\(build.folder)/out/renamed.safetensors")
      let renamed = try Self.verify(build, "out/renamed.safetensors", "--statement", statement)
      #expect(renamed.status == 0, "\(renamed.errors)\(renamed.output)")
    }
  }

  /// What an old statement says is not said of a new output.
  @Test func statementsDoNotOutliveTheirOutputs() throws {
    try withBuild { build in
      try build.build("--provenance")
      let path = "\(build.folder)/out/soft.safetensors.intoto.json"
      #expect(Folder.exists(path))
      try build.write(
        BuildFixture.recipe().replacing("topK: 2", with: "topK: 1"), to: "lorac.yaml")
      try build.build()
      #expect(!Folder.exists(path))
    }
  }

  @Test func mergesHaveStatementsToo() throws {
    try withBuild { build in
      let result = try build.lorac(
        "merge", "adapters", "--prompt", "a star in ink", "--key", "ink=black ink", "--rank", "3",
        "-o", "star.safetensors", "--provenance")
      #expect(result.status == 0, "\(result.errors)")
      let verified = try Self.verify(build, "star.safetensors")
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
      #expect(verified.output.contains("the same bytes from 4 inputs"))
    }
  }
}
