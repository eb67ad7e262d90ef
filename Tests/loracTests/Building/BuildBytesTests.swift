import Formats
import Foundation
import Testing

/// What a build writes is what single merges write, however and wherever it runs.
@Suite struct BuildBytesTests {
  private static let merges: [(output: String, arguments: [String])] = [
    ("plain.safetensors", ["--prompt", "a heart in neon sign style"]),
    (
      "packed.safetensors.zst",
      [
        "--prompt", "a star drawn in ink", "--prompt", "a star", "--rank", "2", "--dtype", "F32",
        "--level", "5",
      ]
    ),
    (
      "soft.safetensors",
      ["--prompt", "a heart and a star", "--attention", "softmax", "--top-k", "2"]
    ),
  ]

  private static func paths(_ names: [String]) -> [String] {
    names.map { "adapters/\($0).safetensors" }
  }

  @Test func areThoseOfMerges() throws {
    try withBuild { build in
      #expect(try build.build() == 5)
      let outputs = try build.outputs()
      for merge in Self.merges {
        let result = try LoracProcess.run(
          ["merge"] + Self.paths(BuildFixture.names) + merge.arguments + ["-o", merge.output],
          in: build.folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
          FileManager.default.contents(atPath: "\(build.folder)/\(merge.output)")
            == outputs[merge.output], "\(merge.output)")
      }
      let fixed = try LoracProcess.run(
        ["merge"] + Self.paths(["heart", "neon"]) + [
          "--method", "linear", "--weight", "heart=0.5", "--weight", "neon=-0.25", "--strength",
          "2", "-o", "fixed.safetensors",
        ], in: build.folder)
      #expect(fixed.status == 0, "\(fixed.errors)")
      #expect(
        FileManager.default.contents(atPath: "\(build.folder)/fixed.safetensors")
          == outputs["fixed.safetensors"])
      let folder = try LoracProcess.run(
        ["merge"] + Self.paths(["ink", "star"]) + [
          "--method", "linear", "--dialect", "peft", "-o", "folder/",
        ], in: build.folder)
      #expect(folder.status == 0, "\(folder.errors)")
      for name in ["adapter_config.json", "adapter_model.safetensors"] {
        #expect(
          FileManager.default.contents(atPath: "\(build.folder)/folder/\(name)")
            == outputs["folder/\(name)"], "\(name)")
      }
    }
  }

  /// For any number of jobs, order of targets, working folder, locale and time zone.
  @Test func areTheSameEverywhere() throws {
    let usual = try withBuild { build in
      try build.build("-j", "1")
      return try build.outputs()
    }
    #expect(usual.count == 6)
    let parallel = try withBuild { build in
      try build.build("-j", "2", "--threads", "3")
      return try build.outputs()
    }
    #expect(parallel == usual)
    let parts = BuildFixture.targets.split(separator: "  - name: ").map { "  - name: \($0)" }
    let reversed = "targets:\n" + parts.dropFirst().reversed().joined()
    let backwards = try withBuild(BuildFixture.recipe(reversed)) { build in
      try build.build("-j", "2")
      return try build.outputs()
    }
    #expect(backwards == usual)
    let elsewhere = try withBuild { build in
      let process = try LoracProcess.prepare(
        ["build", "\(build.folder)/lorac.yaml"], in: NSTemporaryDirectory())
      process.environment?["LC_ALL"] = "tr_TR.UTF-8"
      process.environment?["TZ"] = "Asia/Kathmandu"
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      return try build.outputs()
    }
    #expect(elsewhere == usual)
  }

  @Test func oneTargetIsAsAmongOthers() throws {
    let all = try withBuild { build in
      try build.build()
      return try build.outputs()
    }
    try withBuild { build in
      let first = try build.build("packed")
      #expect(first == 1)
      #expect(try build.outputs() == all.filter { $0.key == "packed.safetensors.zst" })
      #expect(try build.build() == 4)
      #expect(try build.outputs() == all)
    }
  }
}
