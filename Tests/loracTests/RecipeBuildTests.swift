import Foundation
import Testing

/// Recipes that are built: the same bytes as those of `merge` with the same options.
@Suite struct RecipeBuildTests {
  /// Builds `examples/shapes/lorac.yaml` in a copy of its folder, and calls `body` with that.
  ///
  /// `merge` has no option for the strength of one adapter, which is in the metadata, so that it is left
  /// out.
  private func withBuiltExample(_ body: (String) throws -> Void) throws {
    let shapes = LoracProcess.repository.appendingPathComponent("examples/shapes").path
    try withTemporaryFolder { folder in
      for name in ["adapters", "base", "lorac.yaml"] {
        try FileManager.default.copyItem(atPath: "\(shapes)/\(name)", toPath: "\(folder)/\(name)")
      }
      let path = "\(folder)/lorac.yaml"
      let strength = "  - name: watercolor\n    strength: 0.8\n"
      let recipe = try String(contentsOfFile: path, encoding: .utf8)
      try #require(recipe.contains(strength))
      try Data(recipe.replacingOccurrences(of: strength, with: "").utf8)
        .write(to: URL(fileURLWithPath: path))
      let result = try LoracProcess.run(["build"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      try body(folder)
    }
  }

  @Test func theExampleIsWhatMergeMakes() throws {
    let keys = ["--key", "neon=glowing neon sign on black", "--key", "neon=neon glow"]
    let written = ["--rank", "16", "--dtype", "F16"]
    let prompts = #"["a yellow star", {"text": "a crescent moon", "weight": 2}]"#
    let base = "base/unet/diffusion_pytorch_model.safetensors"
    let commands: [(output: String, arguments: [String])] = [
      (
        "heart-neon.safetensors",
        ["adapters", "--prompt", "a red heart in neon glow style"] + keys + written
      ),
      (
        "star-model.safetensors",
        ["adapters", "--prompt", "a blue star in polka dots style", "--base", base] + keys
      ),
      (
        "fish-mosaic.safetensors.zst",
        [
          "adapters/fish.safetensors", "adapters/mosaic.safetensors", "--method", "linear",
          "--weight", "fish=1", "--weight", "mosaic=0.6", "--dtype", "F16",
        ]
      ),
      (
        "sky-99%.safetensors",
        ["adapters", "--prompts", "sky.json", "--rank", "99%", "--dtype", "F16"] + keys
      ),
    ]
    try withBuiltExample { folder in
      try Data(prompts.utf8).write(to: URL(fileURLWithPath: "\(folder)/sky.json"))
      for (output, arguments) in commands {
        let result = try LoracProcess.run(["merge"] + arguments + ["-o", output], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        let (merged, built) = (
          FileManager.default.contents(atPath: "\(folder)/\(output)"),
          FileManager.default.contents(atPath: "\(folder)/out/\(output)")
        )
        #expect(merged != nil && merged == built, "\(output)")
      }
      #expect(try contents("\(folder)/out").count == 7)
    }
  }

  @Test func whatInitWritesIsBuilt() throws {
    try withTemporaryFolder { folder in
      for adapters in [LoracProcess.adapters, "\(LoracProcess.fixtures)/zoo/cases"] {
        let recipe = try LoracProcess.run(
          ["init", adapters, "-o", "r.yaml", "--force"], in: folder)
        #expect(recipe.status == 0)
        let built = try LoracProcess.run(["build", "r.yaml"], in: folder)
        #expect(built.status == 0, "\(built.errors)")
        #expect(try contents("\(folder)/out") == ["example.safetensors"])
        try FileManager.default.removeItem(atPath: "\(folder)/out")
      }
    }
  }

  /// Every fault is a line of its own, in the order of the file, as compilers print them.
  @Test func allFaultsAreTold() throws {
    try withTemporaryFolder { folder in
      let text = """
        adapters: [adapters]
        targets:
          - {name: card, prompts: x, temprature: 2, output: out/card.safetensors}
          - {name: card, prompts: [1], output: out/x.bin}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/lorac.yaml"))
      try FileManager.default.copyItem(atPath: LoracProcess.adapters, toPath: "\(folder)/adapters")
      let result = try LoracProcess.run(["build"], in: folder)
      #expect(result.status == 65)
      #expect(
        result.errorLines.map { $0.dropFirst("lorac: error: ".count) } == [
          "lorac.yaml:3:30: a target has no field 'temprature'",
          "lorac.yaml:4:12: two targets are called 'card'",
          "lorac.yaml:4:28: a prompt is a text, not the number 1",
        ])
      #expect(result.errors.contains("  hint: did you mean 'temperature'?\n"))
      #expect(result.output == "")
      #expect(try contents(folder) == ["lorac.yaml", "adapters"])
    }
  }
}
