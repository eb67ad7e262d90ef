import Formats
import Foundation
import Testing

/// Bad input gives one clear line and the right status, and leaves nothing behind.
@Suite struct BadInputTests {
  struct Bad: CustomTestStringConvertible, Sendable {
    let file: String
    let status: Int32
    let mentions: String
    var testDescription: String { file }
  }

  static let files =
    [
      Bad(file: "truncated_data", status: 65, mentions: "ends after"),
      Bad(file: "truncated_header", status: 65, mentions: "the header claims"),
      Bad(file: "header_len_beyond_file", status: 65, mentions: "the header claims"),
      Bad(file: "header_len_u64_max", status: 65, mentions: "more than the limit"),
      Bad(file: "header_len_zero", status: 65, mentions: "the header is empty"),
      Bad(file: "seven_bytes", status: 65, mentions: "ends after 7 bytes"),
      Bad(file: "empty", status: 65, mentions: "ends after 0 bytes"),
      Bad(file: "overlap", status: 65, mentions: "overlap"),
      Bad(file: "offset_u64_max", status: 65, mentions: "too large"),
      Bad(file: "shape_product_overflow_wrap", status: 65, mentions: "has no size"),
      Bad(file: "not_json", status: 65, mentions: "expected '{'"),
      Bad(file: "html_error", status: 65, mentions: "web page"),
      Bad(file: "git_lfs_pointer", status: 65, mentions: "git-lfs pointer"),
      Bad(file: "torch_zip_ckpt", status: 65, mentions: "zip archive"),
      Bad(file: "raw_pickle", status: 65, mentions: "pickle"),
      Bad(file: "ad_up_without_down", status: 65, mentions: "without its down"),
      Bad(file: "ad_down_without_up", status: 65, mentions: "without its up"),
      Bad(file: "ad_rank_mismatch", status: 65, mentions: "has rank"),
      Bad(file: "ad_weight_nan", status: 65, mentions: "NaN"),
      Bad(file: "ad_alpha_nan", status: 65, mentions: "not a finite number"),
      Bad(file: "ad_no_adapter_keys", status: 65, mentions: "belongs to an adapter"),
      Bad(file: "ad_loha_missing_w2b", status: 65, mentions: "LoHa without its hada_w2_b"),
      Bad(file: "ad_dora_scale_shape", status: 65, mentions: "fit neither side"),
    ].map { Bad(file: "\($0.file).safetensors", status: $0.status, mentions: $0.mentions) } + [
      Bad(file: "zst_truncated.safetensors.zst", status: 65, mentions: "truncated frame"),
      Bad(file: "zst_bogus_size_huge.safetensors.zst", status: 65, mentions: "zstd"),
      Bad(file: "zst_checksum_mismatch.safetensors.zst", status: 65, mentions: "checksum"),
      Bad(file: "zst_inner_corrupt.safetensors.zst", status: 65, mentions: "ends after"),
      Bad(file: "zst_bomb_10GB.safetensors.zst", status: 65, mentions: "zero bytes"),
      Bad(file: "peft_no_config", status: 65, mentions: "adapter_config.json is missing"),
      Bad(file: "peft_r_mismatch", status: 65, mentions: "adapter_config.json says 7"),
      Bad(file: "no_such_file.safetensors", status: 66, mentions: "No such file"),
    ]

  @Test(arguments: files) func mergeRefuses(_ bad: Bad) throws {
    try withTemporaryFolder { folder in
      let path = "\(LoracProcess.fixtures)/zoo/malformed/\(bad.file)"
      let result = try LoracProcess.run(
        ["merge", path, "--method", "linear", "-o", "out.safetensors"], in: folder)
      #expect(result.status == bad.status, "\(result.errors)")
      #expect(result.errorLines.count == 1)
      #expect(result.errorLines.first?.contains(bad.mentions) == true, "\(result.errors)")
      #expect(result.errorLines.first?.contains(bad.file) == true, "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(try contents(folder).isEmpty)
    }
  }

  static let usages: [[String]] = [
    ["merge", "--prompt", "x"], ["merge", "a", "-o", "b", "--rank", "0"],
    ["merge", "a", "-o", "b", "--rank", "120%"], ["merge", "a", "-o", "b", "--level", "40"],
    ["merge", "a", "-o", "b", "--weight", "a"], ["merge", "a", "-o", "b", "--weight", "a=x"],
    ["merge", "a", "-o", "b", "--temperature", "-1"], ["merge", "a", "-o", "b", "--nonsense"],
    ["merge", "a", "-o", "-", "--json"], ["nonsense"], ["merge", "a"],
    ["weights", adapter, "--method", "nonsense"], ["weights", adapter],
    ["weights", adapter, "--prompt", "x", "--key", "nobody=text"],
    ["weights", adapter, "--prompt", "x", "--top-k", "0"],
    ["weights", adapter, adapter, "--prompt", "x"],
    ["weights", adapter, "--method", "linear", "--prompt", "x"],
  ]
  static let adapter = "\(LoracProcess.adapters)/heart.safetensors"

  @Test(arguments: usages) func wrongUsageIs64(_ arguments: [String]) throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(arguments, in: folder)
      #expect(result.status == 64, "\(result.errors)")
      #expect(result.errorLines.count == 1, "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test func missingEncoderIs66() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        ["weights", Self.adapter, "--prompt", "x", "--encoder", "no/model"], in: folder)
      #expect(result.status == 66)
      #expect(result.errors.contains("encoder 'no/model' not found; tried the path 'no/model'"))
      #expect(result.errors.contains("run 'hf download no/model'"))
    }
  }

  @Test func missingOutputFolderIs73() throws {
    try withTemporaryFolder { folder in
      let result = try LoracProcess.run(
        ["merge", Self.adapter, "--method", "linear", "-o", "no/out.safetensors"], in: folder)
      #expect(result.status == 73)
      #expect(result.errors.contains("hint: create the folder 'no' first"))
    }
  }

  @Test func existingOutputIsKeptWithNoClobber() throws {
    try withTemporaryFolder { folder in
      try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/out.safetensors"))
      let result = try LoracProcess.run(
        ["merge", Self.adapter, "--method", "linear", "-o", "out.safetensors", "--no-clobber"],
        in: folder)
      #expect(result.status == 73)
      #expect(FileManager.default.contents(atPath: "\(folder)/out.safetensors") == Data("old".utf8))
    }
  }

  /// Devices and pipes are not replaced by files; a link keeps pointing at what is replaced.
  @Test func outputsOfOtherKinds() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      let refused = try LoracProcess.run(
        ["merge", Self.adapter, "--method", "linear", "-o", "pipe"], in: folder)
      #expect(refused.status == 73, "\(refused.errors)")
      try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/target"))
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/link.safetensors", withDestinationPath: "target")
      let written = try LoracProcess.run(
        ["merge", Self.adapter, "--method", "linear", "-o", "link.safetensors"], in: folder)
      #expect(written.status == 0, "\(written.errors)")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link.safetensors")
          == "target")
      #expect(FileManager.default.contents(atPath: "\(folder)/target")?.count ?? 0 > 1000)
    }
  }

  /// Inputs that cannot be read to their end, or lead back to where one is.
  @Test func inputsOfOtherKinds() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo("\(folder)/pipe.safetensors", 0o600) == 0)
      let pipe = try LoracProcess.run(["inspect", "pipe.safetensors"], in: folder)
      #expect(pipe.status == 66, "\(pipe.errors)")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/loop", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/loop/a", withDestinationPath: ".")
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/loop/b", withDestinationPath: ".")
      try FileManager.default.copyItem(atPath: Self.adapter, toPath: "\(folder)/loop/x.safetensors")
      let loop = try LoracProcess.run(["inspect", "loop", "--json"], in: folder)
      #expect(try loop.json()["kind"]?.stringValue == "adapter")
      let twice = try LoracProcess.run(
        ["weights", "loop/x.safetensors", "./loop/x.safetensors", "--prompt", "x"], in: folder)
      #expect(twice.status == 64)
    }
  }

  @Test func aFolderIsWrittenAsAWhole() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: "\(folder)/out/adapter_config.json", withIntermediateDirectories: true)
      let zoo = "\(LoracProcess.fixtures)/zoo/cases/peft_lora"
      let result = try LoracProcess.run(
        ["merge", zoo, "--method", "linear", "-o", "out/"], in: folder)
      #expect(result.status == 73, "\(result.errors)")
      #expect(try contents("\(folder)/out") == ["adapter_config.json"])
    }
  }

  @Test func lostStandardOutputIs74() throws {
    try withTemporaryFolder { folder in
      for arguments in [
        ["inspect", Self.adapter], ["weights", Self.adapter, "--prompt", "x", "--json"],
      ] {
        let result = try LoracProcess.run(arguments, in: folder, shell: "\"$@\" > /dev/full")
        #expect(result.status == 74, "\(result.errors)")
      }
    }
  }

  /// A file system too small for the output, in a name space of its own.
  @Test(arguments: ["out.safetensors", "out.safetensors.zst"])
  func fullDiskKeepsTheOldOutput(_ name: String) throws {
    try withTemporaryFolder { folder in
      let script = """
        mkdir small && mount -t tmpfs -o size=128k tmpfs small && printf old > small/\(name) || exit 99
        "$@"; status=$?
        test "$(cat small/\(name))" = old || exit 98
        test "$(ls -A small)" = \(name) || exit 97
        exit $status
        """
      let result = try LoracProcess.run(
        ["merge", Self.adapter, "--method", "linear", "-o", "small/\(name)"], in: folder,
        shell:
          "exec unshare --map-root-user --mount sh -c '\(script.replacing("'", with: "'\\''"))' sh \"$@\""
      )
      #expect(result.status == 74, "\(result.errors)")
      #expect(result.errorLines.count == 1)
      #expect(result.errors.contains("No space left"))
    }
  }
}
