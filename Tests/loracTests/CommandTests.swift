import Formats
import Foundation
import Testing

/// The commands' results, streams and documents.
@Suite struct CommandTests {
  static let prompt = "a red heart in neon glow style"

  @Test func mergeOfTheExampleOpensTheRightGates() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        [
          "merge", LoracProcess.adapters, "--prompt", Self.prompt, "-o", "out.safetensors",
          "--json",
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let document = try result.json()
      #expect(document["schema"]?.stringValue == "lorac.merge/1")
      for member in document["weights"]?.members ?? [] {
        let expected = member.key == "heart" || member.key == "neon" ? 1.0 : 0
        #expect(member.value.doubleValue == expected, "\(member.key)")
      }
      #expect(document["output"]?["modules"]?.doubleValue == 64)
      #expect(document["inputs"]?.elements?.count == 12)
      let hash = document["output"]?["sha256"]?.stringValue
      #expect(try hash == ContentHash.sha256(ofFile: "\(folder)/out.safetensors"))
      #expect(try contents(folder) == ["out.safetensors"])
    }
  }

  /// Same inputs and options, same bytes: for any number of threads, in any folder.
  @Test(arguments: [["-o", "out.safetensors"], ["-o", "out.safetensors.zst", "--rank", "3"]])
  func bytesAreTheSame(_ options: [String]) throws {
    var bytes: Set<Data> = []
    for threads in ["1", "2", "7"] {
      try withTemporaryFolder { folder in
        let result = try LoracProcess.run(
          ["merge", LoracProcess.adapters, "--prompt", Self.prompt, "--threads", threads] + options,
          in: folder)
        #expect(result.status == 0, "\(result.errors)")
        bytes.insert(try #require(FileManager.default.contents(atPath: "\(folder)/\(options[1])")))
      }
    }
    #expect(bytes.count == 1)
  }

  @Test func outputMayBeAnInput() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/heart.safetensors"
      try FileManager.default.copyItem(
        atPath: "\(LoracProcess.adapters)/heart.safetensors", toPath: path)
      let result = try LoracProcess.run(
        [
          "merge", "heart.safetensors", "--method", "linear", "--weight", "heart=0.5", "-o",
          "heart.safetensors",
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let modules = try AdapterFile(path: path).modules
      #expect(modules.allSatisfy { $0.scale.value == 0.5 })
    }
  }

  @Test func standardOutputCarriesTheFile() throws {
    try withTemporaryFolder { folder in
      let arguments = ["merge", LoracProcess.adapters, "--prompt", Self.prompt, "-o"]
      let file = try LoracProcess.run(arguments + ["a.safetensors"], in: folder)
      let piped = try LoracProcess.run(
        arguments + ["-"], in: folder, shell: "\"$@\" | cat > b.safetensors")
      #expect(file.status == 0 && piped.status == 0)
      #expect(
        FileManager.default.contents(atPath: "\(folder)/a.safetensors")
          == FileManager.default.contents(atPath: "\(folder)/b.safetensors"))
    }
  }

  @Test func peftFolderIsWrittenAndReadAgain() throws {
    try withTemporaryFolder { folder in
      let zoo = "\(LoracProcess.fixtures)/zoo/cases"
      let result = try LoracProcess.run(
        ["merge", "\(zoo)/peft_lora", "\(zoo)/peft_patterns", "--method", "linear", "-o", "out/"],
        in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try contents("\(folder)/out") == ["adapter_config.json", "adapter_model.safetensors"])
      let again = try LoracProcess.run(["inspect", "out", "--json"], in: folder).json()
      #expect(again["dialect"]?.stringValue == "peft")
      #expect(again["warnings"]?.elements?.isEmpty == true)
    }
  }

  /// Of two modules, one's path is the end of the other's; patterns must tell them apart.
  @Test func peftPatternsAreForOneModuleEach() throws {
    try withTemporaryFolder { folder in
      func tensor(_ name: String, _ shape: [Int]) -> SafetensorsLayout.Tensor {
        .init(name: "base_model.model.\(name).weight", dtype: .f32, shape: shape)
      }
      let layout = try SafetensorsLayout(
        tensors: [
          tensor("proj.lora_A", [2, 3]), tensor("proj.lora_B", [3, 2]),
          tensor("net.proj.lora_A", [4, 5]), tensor("net.proj.lora_B", [5, 4]),
        ], metadata: [:], file: "test")
      let data =
        layout.header + (0..<layout.dataByteCount).map { UInt8($0 % 4 == 3 ? 0x3F : $0 % 100) }
      try Data(data).write(to: URL(fileURLWithPath: "\(folder)/in.safetensors"))
      let written = try LoracProcess.run(
        ["merge", "in.safetensors", "--method", "linear", "-o", "out/"], in: folder)
      #expect(written.status == 0, "\(written.errors)")
      let modules = try AdapterFile(path: "\(folder)/out").modules
      #expect(modules.map(\.rank) == [4, 2])
    }
  }

  @Test func dryRunWritesNothing() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        [
          "merge", LoracProcess.adapters, "--prompt", Self.prompt, "-o", "x.safetensors",
          "--dry-run",
        ],
        in: folder)
      #expect(result.status == 0)
      #expect(result.output.contains("would write x.safetensors"))
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test func weightsSayWhatTheContractSays() throws {
    try withTemporaryFolder { folder in
      try Data("[\"a house\", {\"text\": \"a tree\", \"weight\": 3}]".utf8)
        .write(to: URL(fileURLWithPath: "\(folder)/p.json"))
      let result = try LoracProcess.run(
        [
          "weights", LoracProcess.adapters, "--prompts", "p.json", "--attention", "softmax",
          "--temperature", "1", "--json",
        ], in: folder)
      let document = try result.json()
      #expect(document["schema"]?.stringValue == "lorac.weights/1")
      #expect(document["encoder"]?["dimension"]?.doubleValue == 384)
      let prompts = try #require(document["prompts"]?.elements)
      #expect(prompts.map { $0["weight"]?.doubleValue } == [1, 3])
      for prompt in prompts {
        // The paper's form: softmax of the cosines, nothing else.
        let scores = try #require(prompt["scores"]?.members).map { $0.value.doubleValue ?? .nan }
        let shares = try #require(prompt["shares"]?.members).map { $0.value.doubleValue ?? .nan }
        let total = scores.map(exp).reduce(0, +)
        for (score, share) in zip(scores, shares) {
          #expect(abs(exp(score) / total - share) < 1e-12)
        }
      }
      let fused = try #require(document["weights"]?.members)
      for (index, member) in fused.enumerated() {
        let parts = prompts.map { $0["weights"]?.members?[index].value.doubleValue ?? .nan }
        #expect(abs((parts[0] + 3 * parts[1]) / 4 - (member.value.doubleValue ?? .nan)) < 1e-12)
      }
    }
  }

  @Test func inspectKnowsPlainAndCompressed() throws {
    try withTemporaryFolder { folder in
      _ = try LoracProcess.run(
        ["merge", LoracProcess.adapters, "--prompt", Self.prompt, "-o", "a.safetensors.zst"],
        in: folder)
      let document = try LoracProcess.run(["inspect", "a.safetensors.zst", "--json"], in: folder)
        .json()
      #expect(document["schema"]?.stringValue == "lorac.inspect/1")
      #expect(document["compression"]?.stringValue == "zstd")
      #expect(document["kind"]?.stringValue == "adapter")
      #expect(document["modules"]?.elements?.count == 64)
      #expect(document["metadata"]?["ss_network_dim"]?.stringValue == "12")
      #expect(document["metadata"]?["modelspec.trigger_phrase"]?.stringValue == "heart, neon glow")
    }
  }

  @Test func namesAreShownWithoutControlCharacters() throws {
    try withTemporaryFolder { folder in
      for name in ["name_ansi", "name_newline", "metadata_ansi"] {
        let result = try LoracProcess.run(
          ["inspect", "\(LoracProcess.fixtures)/zoo/malformed/\(name).safetensors"], in: folder)
        #expect(!(result.output + result.errors).contains("\u{1B}"))
      }
    }
  }

  @Test func responseFilesAndDepfiles() throws {
    try withTemporaryFolder { folder in
      let text = """
        # what to fuse
        \(LoracProcess.adapters)/heart.safetensors
        --prompt "a 'red' heart"
        --color never
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/args"))
      let result = try LoracProcess.run(
        ["merge", "@args", "-o", "my out.safetensors", "--depfile", "out.d"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let rule = try String(contentsOfFile: "\(folder)/out.d", encoding: .utf8)
      #expect(rule.hasPrefix("my\\ out.safetensors:"))
      #expect(rule.contains("heart.safetensors"))
    }
  }

  @Test func helpGoesToStandardOutput() throws {
    try withTemporaryFolder { folder in
      for arguments in [["--help"], ["help", "merge"], ["merge", "--help"], ["--version"]] {
        let result = try LoracProcess.run(arguments, in: folder)
        #expect(result.status == 0)
        #expect(!result.output.isEmpty && result.errors.isEmpty)
      }
    }
  }
}

/// Weights by module on the command line.
@Suite struct ModuleWeightCommandTests {
  static func write(_ text: String, _ name: String, in folder: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  static let arguments = [
    "\(LoracProcess.adapters)/heart.safetensors", "\(LoracProcess.adapters)/neon.safetensors",
    "--method", "linear", "--block-weights", "blocks.json", "--gates", "gates.json",
    "--strength-unet", "-0.5",
  ]

  @Test func filesAreRecordedByTheirContent() throws {
    try withTemporaryFolder { folder in
      try Self.write(#"{"unet.*": 1, "unet.mid_block": 0}"#, "blocks.json", in: folder)
      try Self.write(#"{"unet.up_blocks.*": {"neon": 0.25}}"#, "gates.json", in: folder)
      var bytes: Set<Data> = []
      for threads in ["1", "3"] {
        let result = try LoracProcess.run(
          ["merge", "-o", "o.safetensors", "--depfile", "o.d", "--threads", threads]
            + Self.arguments, in: folder)
        #expect(result.status == 0, "\(result.errors)")
        bytes.insert(try #require(FileManager.default.contents(atPath: "\(folder)/o.safetensors")))
      }
      #expect(bytes.count == 1)
      let rule = try String(contentsOfFile: "\(folder)/o.d", encoding: .utf8)
      #expect(rule.contains("  blocks.json") && rule.contains("  gates.json"))
      let file = try AdapterFile(path: "\(folder)/o.safetensors")
      for (entry, name) in [("lorac.blockWeights", "blocks.json"), ("lorac.gates", "gates.json")] {
        let hash = try ContentHash.sha256(ofFile: "\(folder)/\(name)")
        #expect(file.metadata[entry] == "sha256:\(hash)")
      }
      #expect(file.metadata["lorac.strengthUnet"] == "-0.5")
      #expect(!file.modules.contains { $0.target.path.hasPrefix("mid_block") })
      #expect(file.modules.contains { $0.target.path.hasPrefix("down_blocks") })
    }
  }

  @Test func weightsShowThem() throws {
    try withTemporaryFolder { folder in
      try Self.write(#"{"unet.*": 1, "heart": {"unet.mid_block": 0}}"#, "blocks.json", in: folder)
      try Self.write(#"{"unet.mid_block": {"neon": 0.25}}"#, "gates.json", in: folder)
      let result = try LoracProcess.run(["weights", "--json"] + Self.arguments, in: folder)
      let document = try result.json()
      #expect(document["strengthUnet"]?.doubleValue == -0.5)
      #expect(document["blockWeights"]?["file"]?.stringValue == "blocks.json")
      let expected = [("heart", 0.0), ("neon", -0.125)]
      for (adapter, middle) in expected {
        let modules = try #require(document["moduleWeights"]?[adapter]?.members)
        #expect(modules.count == 64)
        for module in modules {
          let isMiddle = module.key.hasPrefix("unet.mid_block")
          #expect(module.value.doubleValue == (isMiddle ? middle : -0.5), "\(module.key)")
        }
      }
      let page = try LoracProcess.run(["weights"] + Self.arguments, in: folder)
      #expect(page.output.contains("by module: neon -0.500 to -0.125"))
    }
  }

  @Test(arguments: [
    (#"{"unet.mid": 1}"#, "{}", Int32(65), "the nearest names are"),
    (#"{"*": 1}"#, #"{"*": {"house": 1}}"#, 65, "the adapters are: heart, neon"),
    (#"{"*": 0}"#, #"{"*": {"neon": 0}}"#, 65, "change nothing"),
  ])
  func whatCannotBeMeantIsOneLine(
    _ blocks: String, _ gates: String, _ status: Int32, _ text: String
  ) throws {
    try withTemporaryFolder { folder in
      try Self.write(blocks, "blocks.json", in: folder)
      try Self.write(gates == "{}" ? #"{"*": {"neon": 1}}"# : gates, "gates.json", in: folder)
      let result = try LoracProcess.run(
        ["merge", "-o", "o.safetensors"] + Self.arguments, in: folder)
      #expect(result.status == status)
      #expect(result.errorLines.count == 1)
      #expect(result.errors.contains(text), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/o.safetensors"))
    }
  }

  @Test func aStrengthIsANumber() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        ["merge", LoracProcess.adapters, "--strength-te", "nan", "-o", "x.safetensors"], in: folder)
      #expect(result.status == 64)
    }
  }
}
