import Formats
import Foundation
import Testing

@Suite struct SafetensorsWriterTests {
  /// A file of three tensors, the last of them larger than a frame.
  static func write(to path: String, level: Int?, threads: Int) throws {
    let layout = try SafetensorsLayout(
      tensors: [
        .init(name: "alpha", dtype: .f32, shape: []),
        .init(name: "down", dtype: .f16, shape: [7, 3]),
        .init(name: "up", dtype: .f16, shape: [1500, 2000]),
      ], metadata: ["a": "b"], file: path)
    let writer = SafetensorsWriter(
      layout: layout, units: layout.entries.map(\.byteRange),
      destination: SafetensorsDestination(place: .file(path), zstdLevel: level), threads: threads)
    _ = try writer.write { index, buffer in
      buffer.withOutputBytes(0..<buffer.count) { bytes in
        for offset in 0..<bytes.byteCount {
          bytes.storeBytes(
            of: UInt8(truncatingIfNeeded: offset / 7 + index), toByteOffset: offset, as: UInt8.self)
        }
      }
    }
  }

  static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func bytesDoNotDependOnThreads() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (name, level) in [("plain", nil), ("zstd", 3)] as [(String, Int?)] {
        try Self.write(to: "\(folder)/\(name)1", level: level, threads: 1)
        try Self.write(to: "\(folder)/\(name)3", level: level, threads: 3)
        #expect(try Self.bytes("\(folder)/\(name)1") == Self.bytes("\(folder)/\(name)3"))
      }
    }
  }

  @Test func compressedFileReadsAsThePlainOne() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Self.write(to: "\(folder)/a.safetensors", level: nil, threads: 2)
      try Self.write(to: "\(folder)/a.safetensors.zst", level: 3, threads: 2)
      let plain = try SafetensorsFile(path: "\(folder)/a.safetensors")
      let compressed = try SafetensorsFile(path: "\(folder)/a.safetensors.zst")
      #expect(compressed.compression == .zstd)
      #expect(compressed.byteCount < plain.byteCount)
      for entry in plain.header.tensors {
        let expected = try plain.withBytes(of: entry) { $0.copied() }
        let found = try compressed.withBytes(of: entry) { $0.copied() }
        #expect(found == expected)
      }
    }
  }

  /// Frames of other writers: one frame without a size, several, with a skippable one between.
  @Test(arguments: [["-19"], ["--no-check"], ["-1", "--long=24"], ["-3", "-T2", "-B1MiB"]])
  func readsWhatTheZstdToolWrites(_ options: [String]) throws {
    try Fixtures.withTemporaryFolder { folder in
      let plain = "\(folder)/a.safetensors"
      try Self.write(to: plain, level: nil, threads: 2)
      for input in ["file", "stream"] {
        let output = "\(folder)/\(input).safetensors.zst"
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/bin/sh")
        let zstd = "zstd -q \(options.joined(separator: " "))"
        tool.arguments = [
          "-c",
          input == "file" ? "\(zstd) \(plain) -o \(output)" : "cat \(plain) | \(zstd) > \(output)",
        ]
        try tool.run()
        tool.waitUntilExit()
        try #require(tool.terminationStatus == 0)
        let expected = try SafetensorsFile(path: plain)
        let found = try SafetensorsFile(path: output)
        for entry in expected.header.tensors {
          #expect(
            try found.withBytes(of: entry) { $0.copied() }
              == expected.withBytes(of: entry) { $0.copied() })
        }
      }
    }
  }

  @Test func failedWriteLeavesNothingAndKeepsTheOld() throws {
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      let layout = try SafetensorsLayout(
        tensors: [.init(name: "w", dtype: .f32, shape: [4])], metadata: [:], file: path)
      let writer = SafetensorsWriter(
        layout: layout, units: [0..<16], destination: SafetensorsDestination(place: .file(path)),
        threads: 1)
      struct Stop: Error {}
      #expect(throws: Stop.self) { try writer.write { _, _ in throw Stop() } }
      #expect(try Self.bytes(path) == Data("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
    }
  }

  @Test func missingFolderAndExistingFileAreRefused() throws {
    try Fixtures.withTemporaryFolder { folder in
      let missing = #expect(throws: FormatError.self) {
        try OutputFile.write("x", to: "\(folder)/no/a", replaces: true)
      }
      #expect(missing?.kind == .cannotCreate)
      try OutputFile.write("x", to: "\(folder)/a", replaces: true)
      #expect(throws: FormatError.self) {
        try OutputFile.write("y", to: "\(folder)/a", replaces: false)
      }
      #expect(try Self.bytes("\(folder)/a") == Data("x".utf8))
    }
  }
}
