import Formats
import Foundation
import Testing

/// What a second build does.
@Suite struct IncrementalBuildTests {
  private static func built(_ build: BuildFixture, _ arguments: String...) throws -> Set<String> {
    let result = try LoracProcess.run(["build", "--json"] + arguments, in: build.folder)
    #expect(result.status == 0, "\(result.errors)")
    return Set(
      try result.json()["targets"]?.elements?.compactMap {
        $0["status"]?.stringValue == "built" ? $0["name"]?.stringValue : nil
      } ?? [])
  }

  private static let names: Set<String> = ["plain", "packed", "soft", "fixed", "folder"]

  @Test func nothingIsBuiltTwice() throws {
    try withBuild { build in
      #expect(try Self.built(build) == Self.names)
      let before = build.stamp("out/plain.safetensors")
      #expect(try Self.built(build).isEmpty)
      // The same content with another time.
      for name in ["adapters/heart.safetensors", "out/packed.safetensors.zst"] {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)],
          ofItemAtPath: "\(build.folder)/\(name)")
      }
      #expect(try Self.built(build).isEmpty)
      // A comment, and fields in another order.
      let recipe = BuildFixture.recipe().replacing(
        "    rank: 2\n    dtype: F32\n", with: "    dtype: F32 # wide\n    rank: 2\n")
      try build.write("# new\n\(recipe)", to: "lorac.yaml")
      #expect(try Self.built(build).isEmpty)
      #expect(build.stamp("out/plain.safetensors") == before)
      // In the place that the folder was moved to.
      let moved = "\(build.folder)-moved"
      try FileManager.default.moveItem(atPath: build.folder, toPath: moved)
      defer { try? FileManager.default.moveItem(atPath: moved, toPath: build.folder) }
      let result = try LoracProcess.run(["build", "\(moved)/lorac.yaml", "--json"], in: moved)
      #expect(try result.json()["built"]?.doubleValue == 0)
    }
  }

  /// Two recipes of one folder know nothing of each other.
  @Test func recipesOfOneFolderDoNotDisturbEachOther() throws {
    try withBuild { build in
      try build.write(
        BuildFixture.recipe().replacing("out/", with: "other/"), to: "other.yaml")
      #expect(try Self.built(build) == Self.names)
      #expect(try Self.built(build, "other.yaml") == Self.names)
      #expect(try Self.built(build).isEmpty && Self.built(build, "other.yaml", "--locked").isEmpty)
      #expect(Folder.exists("\(build.folder)/lorac.lock"))
      #expect(Folder.exists("\(build.folder)/other.lock"))
    }
  }

  /// A file that is overwritten under its old size and time, and keeps its inode.
  @Test func hiddenChangesAreFound() throws {
    try withBuild { build in
      try build.build()
      let path = "\(build.folder)/adapters/neon.safetensors"
      let date = try #require(
        FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[bytes.count - 1] ^= 4
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.write(contentsOf: bytes)
      try file.close()
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
      let refused = try build.lorac("build", "--locked")
      #expect(refused.status == 65 && refused.errors.contains("neon.safetensors"))
      #expect(try Self.built(build).contains("fixed"))
    }
  }

  /// A lock also tells what is missing now.
  @Test func lockedInputsCannotVanish() throws {
    let recipe =
      "adapters: [{file: adapters}]\n"
      + BuildFixture.targets
      .components(separatedBy: "  - name: fixed")[0]
    try withBuild(recipe) { build in
      try build.build()
      try FileManager.default.removeItem(atPath: "\(build.folder)/adapters/ink.safetensors")
      let refused = try build.lorac("build", "--locked")
      #expect(refused.status == 65, "\(refused.errors)")
      #expect(refused.errors.contains("ink.safetensors: is in the lock"))
    }
  }

  @Test func sideFilesReplaceNoInput() throws {
    try withBuild { build in
      for option in ["--results", "--depfile", "--report"] {
        let refused = try build.lorac("build", option, "adapters/ink.safetensors")
        #expect(refused.status == 64, "\(option): \(refused.errors)")
      }
      #expect(try build.build() == 5)
    }
  }

  @Test func whatChangedIsBuilt() throws {
    try withBuild { build in
      try build.build()
      try build.writeAdapter("neon", seed: 1)
      #expect(try Self.built(build) == ["plain", "packed", "soft", "fixed"])
      try build.write(BuildFixture.recipe().replacing("topK: 2", with: "topK: 1"), to: "lorac.yaml")
      #expect(try Self.built(build) == ["soft"])
      try FileManager.default.removeItem(atPath: "\(build.folder)/out/fixed.safetensors")
      #expect(try Self.built(build) == ["fixed"])
      try build.write("damaged", to: "out/folder/adapter_config.json")
      #expect(try Self.built(build) == ["folder"])
      // A sidecar that says what the adapter is about concerns those that read prompts.
      try build.write("{\"description\": \"a polka dot\"}", to: "adapters/star.json")
      #expect(try Self.built(build) == ["plain", "packed", "soft"])
      try FileManager.default.removeItem(atPath: "\(build.folder)/adapters/star.json")
      #expect(try Self.built(build) == ["plain", "packed", "soft"])
      #expect(try Self.built(build, "plain", "--force") == ["plain"])
      #expect(try Self.built(build).isEmpty)
    }
  }

  /// A change at once after a build, of the same length: git calls that racy.
  @Test func changesAtOnceAreSeen() throws {
    try withBuild { build in
      try build.build()
      for seed in UInt32(1)...5 {
        try build.writeAdapter("ink", seed: seed)
        #expect(try Self.built(build).contains("folder"), "\(seed)")
        let path = "\(build.folder)/out/plain.safetensors"
        var bytes = try #require(FileManager.default.contents(atPath: path))
        let good = bytes
        bytes[bytes.count - 1] ^= 1
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: bytes)
        try handle.close()
        #expect(try Self.built(build) == ["plain"], "\(seed)")
        #expect(FileManager.default.contents(atPath: path) == good)
      }
    }
  }

  @Test func theSameBytesStayAsTheyAre() throws {
    try withBuild { build in
      try build.build()
      let names = [
        "out/plain.safetensors", "out/packed.safetensors.zst", "out/folder/adapter_config.json",
      ]
      let before = names.map(build.stamp)
      #expect(try Self.built(build, "--force") == Self.names)
      #expect(names.map(build.stamp) == before)
    }
  }

  /// A state that cannot be read costs a rebuild, never a wrong result.
  @Test func damagedStatesAreNotBelieved() throws {
    try withBuild { build in
      try build.build()
      let good = try build.outputs()
      let path = "\(build.folder)/.lorac/state"
      let state = try #require(FileManager.default.contents(atPath: path))
      var random = UInt64(7)
      func next(_ bound: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(random >> 33) % bound
      }
      for round in 0..<12 {
        // What the state says must not hide that an output is wrong.
        try build.write("wrong", to: "out/plain.safetensors")
        var damaged = state
        switch round % 4 {
        case 0: damaged = damaged.prefix(next(state.count))
        case 1: for _ in 0..<20 { damaged[next(state.count)] = UInt8(next(256)) }
        case 2: damaged = Data((0..<200).map { _ in UInt8(next(256)) })
        default:
          damaged = Data(String(decoding: state, as: UTF8.self).replacing("1\n", with: "2\n").utf8)
        }
        try damaged.write(to: URL(fileURLWithPath: path))
        #expect(try Self.built(build).contains("plain"))
        #expect(try build.outputs() == good)
        #expect(try Self.built(build).isEmpty)
      }
      try FileManager.default.removeItem(atPath: "\(build.folder)/.lorac")
      #expect(try Self.built(build) == Self.names)
      #expect(try build.outputs() == good)
    }
  }
}
