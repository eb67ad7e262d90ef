import Formats
import Foundation
import Testing

/// `lorac merge --base`, as it is run.
@Suite struct BakeCommandTests {
  private static let zoo = LoracProcess.fixtures + "/zoo"
  private static let adapter = "\(zoo)/cases/peft_lora"
  private static let shards = "\(zoo)/bases/llama_sharded"

  private static func bake(
    _ arguments: [String], in folder: String, shell: String? = nil
  ) throws -> LoracProcess {
    try LoracProcess.run(
      ["merge", adapter, "--method", "linear"] + arguments, in: folder, shell: shell)
  }

  private static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func foldersAreWrittenAsAWhole() throws {
    try withTemporaryFolder { folder in
      let result = try Self.bake(
        ["--base", Self.shards, "-o", "out", "--json", "--depfile", "out.d"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let names = try contents(Self.shards)
      #expect(try contents("\(folder)/out") == names)
      for name in [
        "config.json", "model.safetensors.index.json", "model-00004-of-00004.safetensors",
      ] {
        #expect(try Self.bytes("\(folder)/out/\(name)") == Self.bytes("\(Self.shards)/\(name)"))
      }
      let json = try result.json()
      #expect(json["schema"]?.stringValue == "lorac.merge/1")
      #expect(json["coverage"]?["matched"]?.doubleValue == 14)
      #expect(json["coverage"]?["unmatched"]?.elements?.isEmpty == true)
      #expect(json["output"]?["format"]?.stringValue == "folder")
      #expect((json["rounding"]?["lostShare"]?.doubleValue ?? 0) > 0)
      let files = json["base"]?["files"]?.elements ?? []
      #expect(files.count == 4)
      #expect(files.allSatisfy { $0["sha256"]?.stringValue?.count == 64 })
      let rule = try String(contentsOfFile: "\(folder)/out.d", encoding: .utf8)
      for name in names { #expect(rule.contains("/llama_sharded/\(name)"), "\(name)") }
      // Once more, in the place of what is there; and what is not the model's would be lost.
      #expect(try Self.bake(["--base", Self.shards, "-o", "out/"], in: folder).status == 0)
      #expect(try contents("\(folder)/out") == names)
      #expect(
        try Self.bake(["--base", Self.shards, "-o", "out", "--no-clobber"], in: folder).status == 73
      )
      try Data().write(to: URL(fileURLWithPath: "\(folder)/out/mine.txt"))
      let refused = try Self.bake(["--base", Self.shards, "-o", "out"], in: folder)
      #expect(refused.status == 73 && refused.errors.contains("mine.txt"))
      #expect(try contents("\(folder)/out") == names.union(["mine.txt"]))
      #expect(try contents(folder) == ["out", "out.d"])
    }
  }

  /// All that is beside the shards is copied, so that an output in there would be copied the next time.
  @Test func outputsInsideTheBaseAreRefused() throws {
    try withTemporaryFolder { folder in
      let manager = FileManager.default
      try manager.copyItem(atPath: "\(Self.zoo)/bases/llama", toPath: "\(folder)/base")
      for output in ["base/out", "base/deep/out", "./base/../base/out/"] {
        let result = try LoracProcess.run(
          [
            "merge", "\(Self.zoo)/cases/peft_lora", "--method", "linear", "--base", "base", "-o",
            output,
          ], in: folder)
        #expect(result.status == 73)
        #expect(result.errors.contains("lies in the base's folder"), "\(result.errors)")
      }
      #expect(!manager.fileExists(atPath: "\(folder)/base/out"))
    }
  }

  /// A runtime that ties the head to the embedding would not read the one that changes.
  @Test(arguments: [(true, true), (false, false)])
  func tiedEmbeddingsAreReported(_ isTied: Bool, _ warns: Bool) throws {
    try withTemporaryFolder { folder in
      let (base, adapter) = ("\(folder)/base", "\(folder)/adapter")
      try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: adapter, withIntermediateDirectories: true)
      try writeTensors(
        [("model.embed_tokens.weight", [4, 4]), ("lm_head.weight", [4, 4])],
        to: "\(base)/model.safetensors")
      try writeTensors(
        [
          ("base_model.model.lm_head.lora_A.weight", [1, 4]),
          ("base_model.model.lm_head.lora_B.weight", [4, 1]),
        ], to: "\(adapter)/adapter_model.safetensors")
      try Data("{\"tie_word_embeddings\": \(isTied)}".utf8)
        .write(to: URL(fileURLWithPath: "\(base)/config.json"))
      try Data("{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1}".utf8)
        .write(to: URL(fileURLWithPath: "\(adapter)/adapter_config.json"))
      let result = try LoracProcess.run(
        ["merge", "adapter", "--method", "linear", "--base", "base", "-o", "out/"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("tie_word_embeddings") == warns, "\(result.errors)")
    }
  }

  private func writeTensors(_ tensors: [(name: String, shape: [Int])], to path: String) throws {
    let layout = try SafetensorsLayout(
      tensors: tensors.map { .init(name: $0.name, dtype: .f32, shape: $0.shape) }, metadata: [:],
      file: path)
    var data = Data(layout.header)
    for index in 0..<layout.dataByteCount / 4 {
      withUnsafeBytes(of: Float(index % 7) / 8 - 0.25) { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: path))
  }

  @Test func pageSaysWhatMatched() throws {
    try withTemporaryFolder { folder in
      let base = "\(Self.zoo)/bases/sdxl_single.safetensors"
      let result = try LoracProcess.run(
        [
          "merge", "\(Self.zoo)/cases/sdxl_diffusers_unet_te1_te2/pytorch_lora_weights.safetensors",
          "--method", "linear", "--base", base, "-o", "out.safetensors",
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("64/64 modules, 20 text-encoder modules"))
      #expect(result.output.contains("of the delta lost to rounding"))
    }
  }

  @Test func dryRunWritesNothing() throws {
    try withTemporaryFolder { folder in
      let result = try Self.bake(
        ["--base", Self.shards, "-o", "out", "--dry-run"], in: folder)
      #expect(result.status == 0 && result.output.contains("would write out"))
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test(arguments: [
    ["--rank", "8"], ["--dtype", "F16"], ["--dialect", "kohya"], ["-o", "out.safetensors"],
  ])
  func optionsOfAdaptersAreRefused(_ options: [String]) throws {
    try withTemporaryFolder { folder in
      let output = options[0] == "-o" ? [] : ["-o", "out"]
      let result = try Self.bake(["--base", Self.shards] + output + options, in: folder)
      #expect(result.status == 64 && result.errorLines.count == 1, "\(result.errors)")
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test func allowUnmatchedNeedsABase() throws {
    try withTemporaryFolder { folder in
      let result = try Self.bake(["--allow-unmatched", "-o", "out/"], in: folder)
      #expect(result.status == 64 && result.errors.contains("--base"))
    }
  }

  @Test func missingBaseIsMissingInput() throws {
    try withTemporaryFolder { folder in
      let result = try Self.bake(["--base", "none.safetensors", "-o", "out"], in: folder)
      #expect(result.status == 66 && result.errorLines.count == 1)
    }
  }

  @Test func modulesWithoutPlaceAreAnError() throws {
    try withTemporaryFolder { folder in
      let base = "\(Self.zoo)/bases/gpt2"
      let result = try Self.bake(["--base", base, "-o", "out"], in: folder)
      #expect(result.status == 65 && result.errorLines.count == 1, "\(result.errors)")
      #expect(result.errors.contains("nearest in the base"))
      let allowed = try Self.bake(
        ["--base", base, "-o", "out", "--allow-unmatched", "--json"], in: folder)
      #expect(allowed.status == 0, "\(allowed.errors)")
      let coverage = try allowed.json()["coverage"]
      #expect(coverage?["matched"]?.doubleValue == 0)
      #expect(coverage?["unmatched"]?.elements?.count == 14)
    }
  }

  /// No file may grow past a limit, as on a disk that is too small: that is noticed first.
  @Test(arguments: ["llama/model.safetensors", "llama_sharded"])
  func lackOfRoomIsNoticed(_ base: String) throws {
    try withTemporaryFolder { folder in
      let output = base.hasSuffix("safetensors") ? "out.safetensors" : "out"
      let result = try Self.bake(
        ["--base", "\(Self.zoo)/bases/\(base)", "-o", output], in: folder,
        shell: "ulimit -f 4; exec \"$@\"")
      #expect([73, 74].contains(result.status), "\(result.errors)")
      #expect(result.errorLines.count == 1)
      #expect(try contents(folder).isEmpty)
    }
  }

  /// An adapter and a base whose bake takes long enough to be stopped.
  private static func interrupt(_ folder: String, with signal: Int32) throws -> LoracProcess {
    try InterruptionTests.writeLargeAdapter(to: "\(folder)/in.safetensors")
    let tensors = (0..<60).map { index in
      SafetensorsLayout.Tensor(
        name: "down_blocks.\(index).attentions.0.proj_in.weight", dtype: .f32, shape: [1024, 1024])
    }
    let path = "\(folder)/base.safetensors"
    let layout = try SafetensorsLayout(tensors: tensors, metadata: [:], file: path)
    try (Data(layout.header) + Data(count: layout.dataByteCount))
      .write(to: URL(fileURLWithPath: path))
    try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/out.safetensors"))
    let process = try LoracProcess.prepare(
      [
        "merge", "in.safetensors", "--method", "linear", "--base", "base.safetensors", "-o",
        "out.safetensors",
      ], in: folder)
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while !(try contents(folder)).contains(where: { $0.hasPrefix(".out.safetensors.lorac-") }) {
      try #require(process.isRunning && Date() < deadline, "it ended before it could be stopped")
      usleep(500)
    }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return try LoracProcess(process, in: folder)
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGKILL, Int32(137))])
  func stoppedBakesLeaveTheOldFile(_ signal: Int32, _ status: Int32) throws {
    try withTemporaryFolder { folder in
      let result = try Self.interrupt(folder, with: signal)
      #expect(result.status == status)
      #expect(FileManager.default.contents(atPath: "\(folder)/out.safetensors") == Data("old".utf8))
      let left = try contents(folder).subtracting([
        "in.safetensors", "base.safetensors", "out.safetensors",
      ])
      #expect(signal == SIGKILL || left.isEmpty)
      #expect(left.allSatisfy { $0.hasPrefix(".out.safetensors.lorac-") })
    }
  }
}

/// Weights by module go into a model as into an adapter.
@Suite struct BakeModuleWeightTests {
  /// With the text encoder's strength at 0, the bake is that of an adapter without it; and its modules need
  /// no place.
  @Test func strengthsOfComponentsHold() throws {
    let zoo = LoracProcess.fixtures + "/zoo"
    let adapter = "\(zoo)/cases/diff_classic_unet_te/pytorch_lora_weights.safetensors"
    try withTemporaryFolder { folder in
      func bake(_ base: String, _ more: [String]) throws -> SafetensorsFile {
        let result = try LoracProcess.run(
          ["merge", adapter, "--method", "linear", "--base", base, "-o", "out.safetensors"] + more,
          in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return try SafetensorsFile(path: "\(folder)/out.safetensors")
      }
      let base = "\(zoo)/bases/sd15_single.safetensors"
      let old = try SafetensorsFile(path: base)
      func changed(_ file: SafetensorsFile) throws -> [String] {
        try old.header.tensors.filter { entry in
          let new = try #require(file.entry(entry.name))
          return try old.copy(entry) != file.copy(new)
        }.map(\.name.string)
      }
      let all = try changed(bake(base, []))
      #expect(all.contains { $0.hasPrefix("cond_stage_model.") })
      let half = try changed(bake(base, ["--strength-te", "0"]))
      #expect(half == all.filter { !$0.hasPrefix("cond_stage_model.") } && !half.isEmpty)
      let unet = "\(zoo)/bases/sd15/unet/diffusion_pytorch_model.safetensors"
      _ = try bake(unet, ["--strength-te", "0"])
      try Data("{\"*attn1*\": 0}".utf8).write(to: URL(fileURLWithPath: "\(folder)/blocks.json"))
      let blocks = try changed(bake(base, ["--block-weights", "blocks.json"]))
      #expect(blocks == all.filter { !$0.contains("attn1") } && blocks.count < all.count)
    }
  }
}
