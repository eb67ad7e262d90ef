import Formats
import Foundation
import Testing

/// `diff` and `convert` as commands: statuses, documents, files.
@Suite struct DiffConvertTests {
  static let heart = "\(LoracProcess.adapters)/heart.safetensors"
  static let neon = "\(LoracProcess.adapters)/neon.safetensors"

  @Test func diffTellsByItsStatus() throws {
    try withTemporaryFolder { folder in
      let same = try LoracProcess.run(["diff", Self.heart, Self.heart], in: folder)
      #expect(same.status == 0 && same.output.contains("equal: 64 modules in both"))
      let other = try LoracProcess.run(["diff", Self.heart, Self.neon, "--json"], in: folder)
      #expect(other.status == 1 && other.errors.isEmpty)
      let document = try other.json()
      #expect(document["schema"]?.stringValue == "lorac.diff/1")
      #expect(document["equal"]?.boolValue == false && document["tolerance"]?.doubleValue == 0)
      let modules = try #require(document["modules"]?.elements)
      #expect(modules.count == 64)
      let distances = modules.compactMap { $0["relativeDistance"]?.doubleValue }
      #expect(distances.count == 64 && distances == distances.sorted(by: >))
      let wide = ["diff", Self.heart, Self.neon, "--tolerance", "\(distances[0])"]
      #expect(try LoracProcess.run(wide, in: folder).status == 0)
      let narrow = ["diff", Self.heart, Self.neon, "--tolerance", "\(distances[0].nextDown)"]
      #expect(try LoracProcess.run(narrow, in: folder).status == 1)
    }
  }

  @Test(arguments: [80, 160]) func diffFitsTheTerminal(_ width: Int) throws {
    try withTemporaryFolder { folder in
      let page = try LoracProcess.run(
        [Self.heart, Self.neon], in: folder,
        shell: "COLUMNS=\(width) \"$1\" diff \"$2\" \"$3\" --color never")
      #expect(page.status == 1)
      let table = page.output.split(separator: "\n").drop { !$0.hasPrefix("module ") }
        .prefix { !$0.hasPrefix("and ") }
      #expect(table.count == 21 && table.allSatisfy { $0.count <= width })
      #expect(Set(table.map(\.count)).count == 1)
    }
  }

  @Test func conversionsAreEqualInDeltaSpace() throws {
    try withTemporaryFolder { folder in
      let steps = [
        ["convert", Self.heart, "-o", "a.safetensors.zst", "--dialect", "diffusers"],
        ["convert", "a.safetensors.zst", "-o", "b/", "--dialect", "peft"],
        ["convert", "b", "-o", "c.safetensors", "--dialect", "kohya"],
      ]
      for step in steps {
        let result = try LoracProcess.run(step, in: folder)
        #expect(result.status == 0, "\(result.errors)")
      }
      #expect(try contents("\(folder)/b") == ["adapter_config.json", "adapter_model.safetensors"])
      for path in ["a.safetensors.zst", "b", "c.safetensors"] {
        let diff = try LoracProcess.run(["diff", Self.heart, path], in: folder)
        #expect(diff.status == 0, "\(path): \(diff.output)")
      }
      // The writer of the example did not sort its metadata; all else is the same, byte for byte.
      let files = try [Self.heart, "\(folder)/c.safetensors"].map { try SafetensorsFile(path: $0) }
      #expect(files[0].header.tensors == files[1].header.tensors)
      #expect(files[0].header.metadata == files[1].header.metadata)
      let data = try files.map { file in
        try Data(contentsOf: URL(fileURLWithPath: file.path)).dropFirst(file.header.dataOffset)
      }
      #expect(data[0].elementsEqual(data[1]))
    }
  }

  @Test func vanishedElementsAreTold() throws {
    try withTemporaryFolder { folder in
      let layout = try SafetensorsLayout(
        tensors: [.init(name: "a.weight", dtype: .f32, shape: [1])], metadata: [:], file: "")
      let data = Data(layout.header) + withUnsafeBytes(of: Float(1e-30)) { Data($0) }
      try data.write(to: URL(fileURLWithPath: "\(folder)/a.safetensors"))
      let result = try LoracProcess.run(
        ["convert", "a.safetensors", "-o", "b.safetensors", "--dtype", "F16"], in: folder)
      #expect(result.status == 0)
      #expect(
        result.errors.contains(
          "warning: a.safetensors: 1 element that is not zero became zero in F16, in 'a.weight'"))
    }
  }

  @Test func documentTellsWhatWasWritten() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        [
          "convert", Self.heart, "-o", "a.safetensors", "--dtype", "BF16", "--set", "note=a=b",
          "--depfile", "a.d", "--json",
        ], in: folder)
      let document = try result.json()
      #expect(document["schema"]?.stringValue == "lorac.convert/1")
      let hash = document["output"]?["sha256"]?.stringValue
      #expect(try hash == ContentHash.sha256(ofFile: "\(folder)/a.safetensors"))
      #expect(document["metadata"]?["note"]?.stringValue == "a=b")
      #expect(document["copiedTensors"]?.integerValue == 64, "the alphas")
      #expect(try contents(folder) == ["a.safetensors", "a.d"])
      let rule = String(
        decoding: FileManager.default.contents(atPath: "\(folder)/a.d") ?? Data(), as: UTF8.self)
      #expect(rule.hasPrefix("a.safetensors:") && rule.contains("heart.safetensors"))
    }
  }

  @Test func outputMayBeTheInputAndIsNotReplacedAgainstTheWish() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try FileManager.default.copyItem(atPath: Self.heart, toPath: path)
      let refused = try LoracProcess.run(
        ["convert", "a.safetensors", "-o", "a.safetensors", "--strip", "--no-clobber"], in: folder)
      #expect(refused.status == 73)
      let done = try LoracProcess.run(
        ["convert", "a.safetensors", "-o", "a.safetensors", "--strip"], in: folder)
      #expect(done.status == 0)
      #expect(try SafetensorsFile(path: path).header.metadata.isEmpty)
      #expect(try LoracProcess.run(["diff", Self.heart, path], in: folder).status == 0)
      let dry = try LoracProcess.run(["convert", Self.heart, "--dry-run"], in: folder)
      #expect(dry.status == 0 && dry.output.hasPrefix("would write"))
      #expect(try contents(folder) == ["a.safetensors"])
    }
  }

  static let zoo = "\(LoracProcess.fixtures)/zoo"

  static let badRequests: [([String], Int32)] = [
    (["diff", heart], 64), (["diff", heart, neon, "--tolerance", "-1"], 64),
    (["diff", heart, "missing.safetensors"], 66),
    (["diff", heart, "\(zoo)/cases/lyc_lokr/expected.safetensors"], 65),
    (
      [
        "diff", "\(zoo)/cases/lyc_locon/lycoris.safetensors",
        "\(zoo)/cases/lyc_ia3/lycoris.safetensors",
      ], 65
    ),
    (["convert", heart], 64), (["convert", heart, "-o", "x.safetensors", "--set", "novalue"], 64),
    (["convert", heart, "-o", "x.safetensors", "--unset", "nothing"], 64),
    (["convert", heart, "-o", "x/", "--dialect", "kohya"], 64),
    (["convert", heart, "-o", "no/such/x.safetensors"], 73),
    (["convert", "missing.safetensors", "-o", "x.safetensors"], 66),
    (
      [
        "convert", "\(zoo)/cases/lyc_loha/lycoris.safetensors", "-o", "x.safetensors", "--dialect",
        "peft",
      ], 65
    ),
    (
      [
        "convert", "\(zoo)/cases/lyc_lokr/expected.safetensors", "-o", "x.safetensors",
        "--fold-alpha",
      ], 65
    ),
  ]

  @Test(arguments: badRequests)
  func badRequestsAreOneLine(_ arguments: [String], _ status: Int32) throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(arguments, in: folder)
      #expect(result.status == status, "\(result.errors)")
      #expect(result.errorLines.count == 1 && result.output.isEmpty)
      #expect(try contents(folder).isEmpty)
    }
  }

  /// What is malformed ends with a status of its own, and leaves nothing behind.
  @Test func malformedFilesAreRefused() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(Self.zoo)/malformed")
      .filter { $0.hasSuffix(".safetensors") }
    #expect(files.count > 20)
    try withTemporaryFolder { folder in
      for file in files.sorted() {
        let path = "\(Self.zoo)/malformed/\(file)"
        let convert = try LoracProcess.run(["convert", path, "-o", "x.safetensors"], in: folder)
        let diff = try LoracProcess.run(["diff", path, path], in: folder)
        #expect([0, 65].contains(convert.status), "\(file): \(convert.errors)")
        #expect([0, 65].contains(diff.status), "\(file): \(diff.errors)")
        #expect(convert.errorLines.count == (convert.status == 0 ? 0 : 1))
        try? FileManager.default.removeItem(atPath: "\(folder)/x.safetensors")
        #expect(try contents(folder).isEmpty)
      }
    }
  }

  /// A file of the name that PEFT gives weights has its configuration beside it, which says the scale.
  @Test func weightsOfAFolderAreWrittenWithTheirConfiguration() throws {
    try withTemporaryFolder { folder in
      let path = "\(Self.zoo)/cases/peft_lora"
      try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/p")
      let output = "p/adapter_model.safetensors"
      let folded = try LoracProcess.run(
        ["convert", "p", "-o", output, "--fold-alpha", "-q"], in: folder)
      #expect(folded.status == 0)
      let diff = ["diff", path, "p", "--tolerance", "1e-6", "-q"]
      #expect(try LoracProcess.run(diff, in: folder).status == 0)
      let kohya = "\(Self.zoo)/cases/kohya_bf16/lora.safetensors"
      let refused = try LoracProcess.run(["convert", kohya, "-o", output], in: folder)
      #expect(refused.status == 64 && refused.errors.contains("dialect peft"))
      let merged = try LoracProcess.run(
        ["merge", kohya, "--method", "linear", "-o", output, "-q"], in: folder)
      #expect(merged.status == 64 && merged.errors.contains("--dialect peft"))
      #expect(try LoracProcess.run(diff, in: folder).status == 0)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/n", withIntermediateDirectories: true)
      let made = try LoracProcess.run(
        ["convert", kohya, "--dialect", "peft", "-o", "n/adapter_model.safetensors", "-q"],
        in: folder)
      #expect(made.status == 0)
      #expect(try LoracProcess.run(["diff", kohya, "n", "-q"], in: folder).status == 0)
    }
  }
}
