import Formats
import Foundation
import Testing

/// Builds that end early, and builds at the same time.
@Suite struct BuildCrashTests {
  /// A recipe of `count` targets.
  private static func recipe(_ count: Int, strength: String) -> String {
    BuildFixture.recipe("defaults: {strength: \(strength)}\ntargets:\n")
      + (0..<count).map { index in
        let subject = ["heart", "star"][index % 2]
        let style = ["neon sign", "ink drawing"][index / 2 % 2]
        return """
            - name: t\(index)
              prompts: [a \(subject) in \(style) style]
              rank: \(1 + index % 4)
              output: out/t\(index).safetensors\(index % 3 == 0 ? ".zst" : "")

          """
      }.joined()
  }

  private static func undisturbed(_ recipe: String) throws -> [String: Data] {
    try withBuild(recipe) { build in
      try build.build()
      return try build.outputs()
    }
  }

  /// Killed at 50 moments, the next build completes, and all is as without the kill.
  @Test func killedBuildsAreCompletedByTheNext() throws {
    let recipes = ["1", "0.5"].map { Self.recipe(24, strength: $0) }
    let expected = try recipes.map(Self.undisturbed)
    try withBuild(recipes[0]) { build in
      let start = ContinuousClock.now
      try build.build()
      let usual = (ContinuousClock.now - start) / .milliseconds(1)
      var random = UInt64(11)
      var killed = 0
      for round in 0..<50 {
        let current = (round + 1) % 2
        try build.write(recipes[current], to: "lorac.yaml")
        let process = try LoracProcess.prepare(["build", "-q"], in: build.folder)
        try process.run()
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        usleep(UInt32(Double(random >> 40) / Double(1 << 24) * usual * 1000))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killed += 1 }
        // Every file that has its name is whole: as before, or as it is to be.
        for (name, bytes) in try build.outputs() {
          #expect(expected.contains { $0[name] == bytes }, "\(round): \(name)")
        }
        try build.build()
        #expect(try build.outputs() == expected[current], "\(round)")
        #expect(try build.leftovers() == [], "\(round)")
      }
      #expect(killed > 10, "most builds ended before they were killed")
      #expect(try build.build() == 0)
    }
  }

  @Test func interruptedBuildsLeaveNothing() throws {
    try withBuild(Self.recipe(40, strength: "1")) { build in
      let process = try LoracProcess.prepare(["build", "-q"], in: build.folder)
      try process.run()
      usleep(15000)
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
      #expect([0, 143].contains(try LoracProcess(process, in: build.folder).status))
      #expect(try build.leftovers() == [])
    }
  }

  @Test func buildsAtTheSameTimeDoNotDisturbEachOther() throws {
    let recipe = Self.recipe(24, strength: "1")
    let expected = try Self.undisturbed(recipe)
    try withBuild(recipe) { build in
      let processes = try (0..<4).map { index in
        let folder = "\(build.folder)/streams\(index)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = try LoracProcess.prepare(
          ["build", "\(build.folder)/lorac.yaml", "--json"], in: folder)
        try process.run()
        return (process, folder)
      }
      var built = 0.0
      for (process, folder) in processes {
        process.waitUntilExit()
        let result = try LoracProcess(process, in: folder)
        #expect(result.status == 0, "\(result.errors)")
        built += try result.json()["built"]?.doubleValue ?? 0
      }
      // One of them did the work.
      #expect(built == 24)
      #expect(try build.outputs() == expected)
      #expect(try build.build() == 0)
    }
  }

  /// Another try may succeed, so the status says so.
  @Test func aLockThatIsNotFreedIsATemporaryFailure() throws {
    try withBuild { build in
      try build.build()
      let lock = try FolderLock(
        path: "\(build.folder)/.lorac/lock", .exclusive, timeout: nil, onWait: {})
      let result = try build.lorac("build", "--lock-timeout", "0.05")
      #expect(result.status == 75)
      #expect(result.errors.contains("another build is at work here"))
      #expect(result.errorLines.count == 1)
      withExtendedLifetime(lock) {}
    }
  }
}
