import Formats
import Foundation
import Testing

/// The batch script of `--emit slurm`, run as Slurm runs it, with commands of Slurm that only write down how
/// they were called.
@Suite struct SlurmTests {
  /// Task `task` of the script in `folder`, ready to run; `lorac` is a script to run instead of lorac.
  private func process(
    _ task: Int, in folder: String, lorac: String? = nil, environment: [String: String] = [:]
  ) throws -> Process {
    let tools = "\(folder)/tools-\(task)"
    try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
    func tool(_ name: String, _ text: String) throws {
      try? FileManager.default.removeItem(atPath: "\(tools)/\(name)")
      try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: "\(tools)/\(name)"))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: "\(tools)/\(name)")
    }
    try tool("lorac", lorac ?? "exec '\(LoracProcess.binary)' \"$@\"")
    try tool("scontrol", "echo \"$@\" >> '\(folder)/scontrol.log'")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    // Slurm runs a copy of the script, elsewhere.
    process.arguments = ["\(folder)/lorac.sbatch"]
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    var all = ProcessInfo.processInfo.environment
    all["PATH"] = "\(tools):\(all["PATH"] ?? "")"
    all["SLURM_SUBMIT_DIR"] = folder
    all["SLURM_ARRAY_TASK_ID"] = "\(task)"
    all["SLURM_JOB_ID"] = "\(4000 + task)"
    all["SLURM_CPUS_PER_TASK"] = "2"
    process.environment = all.merging(environment) { $1 }
    process.standardError = FileHandle.nullDevice
    return process
  }

  private func status(_ process: Process) throws -> Int32 {
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// All tasks at once build what one build does, each target once.
  @Test func theTasksOfTheExampleBuildItsTargets() throws {
    try withExamples { examples in
      let folder = "\(examples)/pipelines/slurm"
      let syntax = Process()
      syntax.executableURL = URL(fileURLWithPath: "/bin/bash")
      syntax.arguments = ["-n", "\(folder)/lorac.sbatch"]
      #expect(try status(syntax) == 0)
      for round in ["built", "unchanged"] {
        let tasks = try (0..<3).map { try process($0, in: folder) }
        for task in tasks { try task.run() }
        for task in tasks { task.waitUntilExit() }
        #expect(tasks.map(\.terminationStatus) == [0, 0, 0])
        var names: [String] = []
        for task in 1...3 {
          let path = "\(folder)/results-\(task)-of-3.jsonl"
          for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let result = try JSONValue(parsing: Array(line.utf8), file: path)
            #expect(result["status"]?.stringValue == round)
            names.append(result["name"]?.stringValue ?? "")
          }
        }
        #expect(names.count == 24 && Set(names).count == 24)
      }
      let copy = "\(examples)/pipelines/whole"
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(folder)/lorac.yaml", toPath: "\(copy)/lorac.yaml")
      #expect(try LoracProcess.run(["build"], in: copy).status == 0)
      for name in try contents("\(copy)/out") {
        let (whole, part) = (
          FileManager.default.contents(atPath: "\(copy)/out/\(name)"),
          FileManager.default.contents(atPath: "\(folder)/out/\(name)")
        )
        #expect(whole != nil && whole == part, "\(name)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/scontrol.log"))
      // A build of all takes over what the tasks know.
      let whole = try LoracProcess.run(["build", "--json"], in: folder)
      #expect(try whole.json()["unchanged"]?.doubleValue == 24)
    }
  }

  @Test func onlyWhatMayPassIsTriedAgain() throws {
    try withBuild { build in
      let emitted = try build.lorac("build", "--emit", "slurm", "-o", "lorac.sbatch")
      #expect(emitted.status == 0, "\(emitted.errors)")
      let log = "\(build.folder)/scontrol.log"
      for code: Int32 in [65, 66, 64, 70, 73, 0, 143] {
        try #expect(status(process(0, in: build.folder, lorac: "exit \(code)")) == code)
        #expect(!FileManager.default.fileExists(atPath: log), "\(code)")
      }
      for code: Int32 in [74, 75] {
        try #expect(status(process(0, in: build.folder, lorac: "exit \(code)")) == code)
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "requeue 4000\n")
        try FileManager.default.removeItem(atPath: log)
        let last = try process(
          0, in: build.folder, lorac: "exit \(code)", environment: ["SLURM_RESTART_COUNT": "3"])
        #expect(try status(last) == code)
        #expect(!FileManager.default.fileExists(atPath: log))
      }
      // The real one, with an input that is missing.
      try FileManager.default.removeItem(atPath: "\(build.folder)/adapters/heart.safetensors")
      try #expect(status(process(0, in: build.folder)) == 66)
      #expect(!FileManager.default.fileExists(atPath: log))
    }
  }

  @Test func hostileRecipesAreOneWord() throws {
    let name = #"it's $(touch x) "q".yaml"#
    try withBuild { build in
      try build.write(BuildFixture.recipe(), to: name)
      let emitted = try build.lorac(
        "build", name, "fixed", "soft", "--emit", "slurm", "-o", "lorac.sbatch", "--tasks", "2")
      #expect(emitted.status == 0, "\(emitted.errors)")
      for task in 0..<2 { try #expect(status(process(task, in: build.folder)) == 0) }
      #expect(try Set(build.outputs().keys) == ["fixed.safetensors", "soft.safetensors"])
      #expect(!FileManager.default.fileExists(atPath: "\(build.folder)/x"))
    }
  }

  /// A process of another machine has a number that may be nobody's here; its files are left alone by
  /// builds of other parts.
  @Test func partsLeaveUnfinishedFilesOfOthersAlone() throws {
    try withBuild { build in
      try build.build("--shard", "1/3")
      let foreign = ".state-2-of-3.lorac-2147483000"
      let own = ".state-1-of-3.lorac-2147483000"
      for name in [foreign, own] { try build.write("", to: ".lorac/\(name)") }
      for name in BuildFixture.names { try build.writeAdapter(name, seed: 1) }
      #expect(try build.build("--shard", "1/3") > 0)
      var left = try contents("\(build.folder)/.lorac")
      #expect(left.contains(foreign) && !left.contains(own))
      try build.build()
      left = try contents("\(build.folder)/.lorac")
      #expect(!left.contains(foreign))
    }
  }
}
