import Foundation
import Testing

/// `lorac init`, run as a user runs it.
@Suite struct InitTests {
  @Test func writesARecipeOnceAndAgainByForce() throws {
    try withTemporaryFolder { folder in
      let first = try LoracProcess.run(["init", LoracProcess.adapters], in: folder)
      #expect(first.status == 0)
      #expect(first.output == "wrote lorac.yaml: 12 adapters\n")
      let path = "\(folder)/lorac.yaml"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(
        text.contains("  - file: \(LoracProcess.adapters)/dots.safetensors\n    name: dots\n"))
      let second = try LoracProcess.run(["init", LoracProcess.adapters], in: folder)
      #expect(second.status == 73)
      #expect(second.errorLines == ["lorac: error: lorac.yaml: exists already"])
      try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
      let forced = try LoracProcess.run(
        ["init", LoracProcess.adapters, "--force", "-q"], in: folder)
      #expect(forced.output == "")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      let printed = try LoracProcess.run(["init", LoracProcess.adapters, "-o", "-"], in: folder)
      #expect(printed.output == text)
    }
  }

  @Test func leavesOutWhatIsNoAdapter() throws {
    try withTemporaryFolder { folder in
      for (name, source) in [
        ("a.safetensors", "\(LoracProcess.adapters)/heart.safetensors"),
        ("bad.safetensors", "\(LoracProcess.fixtures)/zoo/malformed/hole.safetensors"),
        ("model.safetensors", "\(LoracProcess.fixtures)/zoo/bases/sd15_single.safetensors"),
      ] { try FileManager.default.copyItem(atPath: source, toPath: "\(folder)/\(name)") }
      let result = try LoracProcess.run(["init", "-o", "sub.yaml"], in: folder)
      #expect(result.status == 0)
      #expect(result.output == "wrote sub.yaml: 1 adapter\n")
      #expect(result.errors.contains("bad.safetensors: tensor 'b'"))
      #expect(result.errors.contains("model.safetensors: is no adapter"))
      let text = try String(contentsOfFile: "\(folder)/sub.yaml", encoding: .utf8)
      #expect(text.contains("  - file: a.safetensors\n"))
      try FileManager.default.removeItem(atPath: "\(folder)/a.safetensors")
      let none = try LoracProcess.run(["init", "-o", "none.yaml"], in: folder)
      #expect(none.status == 65)
      #expect(!(try contents(folder)).contains("none.yaml"))
    }
  }

  @Test func refusesWhatItCannotWrite() throws {
    try withTemporaryFolder { folder in
      let commands = [
        ["missing"], [], [LoracProcess.adapters, "-o", "x/y.yaml"],
        [LoracProcess.adapters, "-o", "r.json"],
      ]
      let statuses = try commands.map { try LoracProcess.run(["init"] + $0, in: folder).status }
      #expect(statuses == [66, 66, 73, 64])
    }
  }
}
