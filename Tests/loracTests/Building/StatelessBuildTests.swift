import Formats
import Foundation
import Testing

/// `--no-state`, for engines that start a process for each target; and response files.
@Suite struct StatelessBuildTests {
  @Test func buildsTheSameAndLeavesNothingElse() throws {
    try withBuild { build in
      try build.build()
      let expected = try build.outputs()
      try withBuild { other in
        for name in ["soft", "plain", "folder", "packed", "fixed"] {
          try #expect(other.build("lorac.yaml", "--no-state", "--", name) == 1)
        }
        try #expect(other.outputs() == expected)
        try #expect(contents(other.folder) == ["adapters", "lorac.yaml", "out"])
        // All of them is no reason to write a lock.
        try #expect(other.build("--no-state") == 5)
        try #expect(contents(other.folder) == ["adapters", "lorac.yaml", "out"])
      }
    }
  }

  @Test func unchangedOutputsAreNotTouched() throws {
    try withBuild { build in
      #expect(try build.build("--no-state") == 5)
      let names = try Folder.files(below: "\(build.folder)/out").map { "out/\($0)" }
      let stamps = names.map(build.stamp)
      #expect(names.count == 6)
      #expect(try build.build("--no-state") == 5)
      #expect(names.map(build.stamp) == stamps)
      try build.writeAdapter("ink", seed: 1)
      #expect(try build.build("--no-state", "folder") == 1)
      let changed = zip(names, stamps).filter { build.stamp($0) != $1 }.map(\.0)
      #expect(changed == ["out/folder/adapter_model.safetensors"])
    }
  }

  /// A state that says otherwise is not read, and not changed.
  @Test func doesNotBelieveTheState() throws {
    try withBuild { build in
      try build.build()
      let state = FileManager.default.contents(atPath: "\(build.folder)/.lorac/state")
      #expect(try build.build("--no-state") == 5)
      #expect(FileManager.default.contents(atPath: "\(build.folder)/.lorac/state") == state)
      #expect(state != nil)
    }
  }

  @Test func waitsForNoOtherBuild() throws {
    try withBuild { build in
      try build.build()
      let lock = try FolderLock(
        path: "\(build.folder)/.lorac/lock", .exclusive, timeout: 0, onWait: {})
      let held = try build.lorac("build", "--lock-timeout", "0")
      #expect(held.status == 75)
      #expect(try build.build("--no-state", "--lock-timeout", "0") == 5)
      withExtendedLifetime(lock) {}
    }
  }

  @Test func namesTheInputsOfTheTarget() throws {
    try withBuild { build in
      #expect(try build.build("lorac.yaml", "--no-state", "--depfile", "x.d", "fixed") == 1)
      let rule = try String(contentsOfFile: "\(build.folder)/x.d", encoding: .utf8)
      #expect(rule.hasPrefix("out/fixed.safetensors: \\\n  lorac.yaml \\\n"))
      #expect(rule.contains("  adapters/heart.safetensors"))
      #expect(!rule.contains("adapters/ink.safetensors"))
    }
  }

  @Test func argumentsMayComeFromAFile() throws {
    try withBuild { build in
      try build.write(
        "# what to build\nlorac.yaml\n--no-state\n'soft' \"fixed\"\n@more.rsp\n", to: "args.rsp")
      try build.write("folder\n", to: "more.rsp")
      #expect(try build.build("@args.rsp") == 3)
      #expect(
        try Set(build.outputs().keys) == [
          "soft.safetensors", "fixed.safetensors", "folder/adapter_model.safetensors",
          "folder/adapter_config.json",
        ])
      let missing = try build.lorac("build", "@none.rsp")
      #expect(missing.status == 66)
      #expect(missing.errors.contains("none.rsp"))
    }
  }
}
