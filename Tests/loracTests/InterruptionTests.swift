import Formats
import Foundation
import Testing

/// What signals leave behind.
@Suite struct InterruptionTests {
  /// An adapter whose recompression takes seconds, so that a signal meets it at work.
  static func writeLargeAdapter(to path: String) throws {
    let count = 60
    var tensors: [SafetensorsLayout.Tensor] = []
    for index in 0..<count {
      let name = "lora_unet_down_blocks_\(index)_attentions_0_proj_in"
      tensors += [
        .init(name: "\(name).lora_down.weight", dtype: .f16, shape: [512, 1024]),
        .init(name: "\(name).lora_up.weight", dtype: .f16, shape: [1024, 512]),
      ]
    }
    let layout = try SafetensorsLayout(tensors: tensors, metadata: [:], file: path)
    var data = Data(layout.header)
    var state: UInt32 = 1
    var values = [UInt16](repeating: 0, count: layout.dataByteCount / 2)
    for index in values.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      values[index] = 0x2000 | UInt16(state >> 19)
    }
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(fileURLWithPath: path))
  }

  /// Starts a merge, sends `signal` once it writes, and returns its end.
  static func interrupt(_ folder: String, with signal: Int32) throws -> LoracProcess {
    try writeLargeAdapter(to: "\(folder)/in.safetensors")
    try Data("old".utf8).write(to: URL(fileURLWithPath: "\(folder)/out.safetensors"))
    let process = try LoracProcess.prepare(
      ["merge", "in.safetensors", "--method", "linear", "--rank", "8", "-o", "out.safetensors"],
      in: folder)
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while !(try contents(folder)).contains(where: { $0.hasPrefix(".out.safetensors.lorac-") }) {
      try #require(process.isRunning && Date() < deadline, "it ended before it could be stopped")
      usleep(1000)
    }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return try LoracProcess(process, in: folder)
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func signalsLeaveNothing(_ signal: Int32, _ status: Int32) throws {
    try withTemporaryFolder { folder in
      let result = try Self.interrupt(folder, with: signal)
      #expect(result.status == status)
      #expect(try contents(folder) == ["in.safetensors", "out.safetensors"])
      #expect(FileManager.default.contents(atPath: "\(folder)/out.safetensors") == Data("old".utf8))
    }
  }

  @Test func killLeavesTheOldOutput() throws {
    try withTemporaryFolder { folder in
      let result = try Self.interrupt(folder, with: SIGKILL)
      #expect(result.status == 137)
      #expect(FileManager.default.contents(atPath: "\(folder)/out.safetensors") == Data("old".utf8))
      #expect(
        try contents(folder).subtracting(["in.safetensors", "out.safetensors"])
          .allSatisfy { $0.hasPrefix(".out.safetensors.lorac-") })
    }
  }
}
