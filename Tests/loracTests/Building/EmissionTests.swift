import Formats
import Foundation
import Testing

/// The builds of other engines that `lorac build --emit` writes.
///
/// That Ninja and Snakemake read them as they are meant, `scripts/pipelines.sh` checks.
@Suite struct EmissionTests {
  /// Targets whose names and paths mean something to shells, Ninja, Make or Python.
  static let hostile = #"""
    targets:
      - name: "it's $HOME: \"a|b\" & {{x}} \\n `c` #1"
        method: linear
        adapters: [heart, star]
        output: "out/a b's $HOME: \"q\"|#1%.safetensors"
      - name: -n
        method: linear
        adapters: [ink]
        output: "-o.safetensors"
    """#

  @Test(arguments: [
    ("ninja", "build.ninja", []), ("snakemake", "Snakefile", []),
    ("slurm", "lorac.sbatch", ["--tasks", "3"]),
  ])
  func examplesAreWhatIsEmitted(_ engine: String, _ name: String, _ options: [String]) throws {
    try withExamples { examples in
      let folder = "\(examples)/pipelines/\(engine)"
      let expected = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      let result = try LoracProcess.run(
        ["build", "--emit", engine, "-o", name] + options, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(FileManager.default.contents(atPath: "\(folder)/\(name)") == expected)
      #expect(try contents(folder).isDisjoint(with: [".lorac", "lorac.lock", "out"]))
    }
  }

  /// An unchanged file keeps its time, so that engines do not take it for new.
  @Test func anUnchangedFileIsNotWrittenAgain() throws {
    try withBuild { build in
      _ = try build.lorac("build", "--emit", "ninja", "-o", "build.ninja")
      let stamp = build.stamp("build.ninja")
      let result = try build.lorac("build", "--emit", "ninja", "-o", "build.ninja")
      #expect(result.status == 0 && stamp != nil && build.stamp("build.ninja") == stamp)
    }
  }

  @Test func ninjaFilesSpellHostileNames() throws {
    try withBuild(BuildFixture.recipe(Self.hostile)) { build in
      let result = try build.lorac("build", "--emit", "ninja")
      #expect(result.status == 0, "\(result.errors)")
      let lines = result.output.split(separator: "\n")
      let inputs = "adapters/heart.safetensors adapters/star.safetensors lorac.yaml"
      let output = ##"out/a$ b's$ $$HOME$:$ "q"${pipe}#1%.safetensors"##
      #expect(lines.contains("build \(output): adapter \(inputs)"))
      #expect(
        lines.contains(
          ##"  target = 'it'\''s $$HOME: "a|b" & {x} \n `c` #1'"##))
      #expect(
        lines.contains(##"  depflag = --depfile 'out/a b'\''s $$HOME: "q"|#1%.safetensors.d'"##))
      #expect(lines.contains("build -o.safetensors: adapter adapters/ink.safetensors lorac.yaml"))
      #expect(lines.contains("  depflag = --depfile ./-o.safetensors.d"))
      #expect(lines.contains("default \(output) -o.safetensors"))
    }
  }

  @Test func snakefilesSpellHostileNames() throws {
    try withBuild(BuildFixture.recipe(Self.hostile)) { build in
      let result = try build.lorac("build", "--emit", "snakemake")
      #expect(result.status == 0, "\(result.errors)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.contains(##"        "out/a b's $HOME: \"q\"|#1%.safetensors","##))
      let name = ##"'it'\\''s $HOME: \"a|b\" & {{x}} \\n `c` #1'"##
      #expect(
        lines.contains(
          "        \"lorac build lorac.yaml --no-state --quiet --threads {threads} -- \(name)\""))
    }
  }

  @Test(arguments: [
    ("x", "out/{{x}}.safetensors", ["snakemake"], "U+7B"),
    ("@x", "out/x.safetensors", ["ninja", "snakemake"], "starts with @"),
  ])
  func refusesWhatCannotBeSpelled(
    _ name: String, _ output: String, _ engines: [String], _ reason: String
  ) throws {
    let targets = """
      targets:
        - name: "\(name)"
          method: linear
          adapters: [ink]
          output: "\(output)"
      """
    try withBuild(BuildFixture.recipe(targets)) { build in
      for engine in engines {
        let result = try build.lorac("build", "--emit", engine, "-o", "wrapper")
        #expect(result.status == 64, "\(engine): \(result.errors)")
        #expect(result.errors.contains(reason), "\(engine): \(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(build.folder)/wrapper"))
      }
    }
  }

  @Test func refusesLinesInNamesOfAdapters() throws {
    let recipe = """
      adapters: [adapters]
      targets:
        - {name: x, prompts: [x], output: out/x.safetensors}
      """
    try withBuild(recipe) { build in
      let adapters = "\(build.folder)/adapters"
      try FileManager.default.moveItem(
        atPath: "\(adapters)/ink.safetensors", toPath: "\(adapters)/i\nk.safetensors")
      for engine in ["ninja", "snakemake"] {
        let result = try build.lorac("build", "--emit", engine)
        #expect(result.status == 64 && result.output == "")
        #expect(result.errors.contains("holds U+A\n"), "\(result.errors)")
      }
    }
  }

  /// Faults are told as those of a build are, and nothing is written.
  @Test func checksTargetsFirst() throws {
    try withBuild { build in
      try FileManager.default.removeItem(atPath: "\(build.folder)/adapters/ink.safetensors")
      for engine in ["ninja", "snakemake", "slurm"] {
        let result = try build.lorac("build", "--emit", engine, "-o", "wrapper")
        #expect(result.status == 66)
        #expect(result.errors.contains("adapters/ink.safetensors"))
        #expect(try contents(build.folder) == ["adapters", "lorac.yaml"])
      }
    }
  }

  @Test func replacesNoFileOfTheRecipe() throws {
    try withBuild { build in
      for name in [
        "lorac.yaml", "./lorac.yaml", "adapters/ink.safetensors", "out/plain.safetensors",
      ] {
        if name.hasPrefix("out") { try build.build() }
        let old = FileManager.default.contents(atPath: "\(build.folder)/\(name)")
        let result = try build.lorac("build", "--emit", "snakemake", "-o", name)
        #expect(result.status == 64)
        #expect(result.errors.contains("is a file that the recipe names"))
        #expect(FileManager.default.contents(atPath: "\(build.folder)/\(name)") == old)
      }
    }
  }

  @Test func pathsAreFromTheFolderOfTheFile() throws {
    try withBuild { build in
      try FileManager.default.createDirectory(
        atPath: "\(build.folder)/ci/x", withIntermediateDirectories: true)
      for path in ["ci/x/build.ninja", "\(build.folder)/ci/../ci/x/build.ninja"] {
        let named = try build.lorac("build", "lorac.yaml", "fixed", "--emit", "ninja", "-o", path)
        #expect(named.status == 0, "\(named.errors)")
        let text = try String(contentsOfFile: "\(build.folder)/ci/x/build.ninja", encoding: .utf8)
        #expect(
          text.contains(
            "build ../../out/fixed.safetensors: adapter ../../adapters/heart.safetensors "
              + "../../adapters/neon.safetensors ../../lorac.yaml\n"))
        #expect(text.contains("--emit ninja -o build.ninja -- fixed\n"))
        #expect(text.contains("recipe = ../../lorac.yaml\n"))
        #expect(!text.contains(build.folder))
        try FileManager.default.removeItem(atPath: "\(build.folder)/ci/x/build.ninja")
      }
    }
  }

  @Test(arguments: [
    ["--emit", "ninja", "--dry-run"], ["--emit", "ninja", "--shard", "1/2"],
    ["--emit", "ninja", "--tasks", "2"], ["--emit", "slurm", "--tasks", "0"],
    ["--emit", "make"], ["-o", "x"], ["--tasks", "2"], ["--emit", "ninja", "-o", ""],
  ])
  func refusesOptionsWithoutMeaning(_ options: [String]) throws {
    try withBuild { build in
      let result = try LoracProcess.run(["build"] + options, in: build.folder)
      #expect(result.status == 64)
      #expect(result.errorLines.count == 1)
    }
  }
}

/// Calls `body` with a copy of `examples` that has what pipelines need.
func withExamples<Result>(_ body: (String) throws -> Result) throws -> Result {
  try withTemporaryFolder { folder in
    let examples = LoracProcess.repository.appendingPathComponent("examples").path
    try FileManager.default.createDirectory(
      atPath: "\(folder)/shapes", withIntermediateDirectories: true)
    for name in ["pipelines", "shapes/adapters", "shapes/base"] {
      try FileManager.default.copyItem(
        atPath: "\(examples)/\(name)", toPath: "\(folder)/\(name)")
    }
    return try body(folder)
  }
}
