import Formats
import Foundation
import Testing

/// `lorac.lock`.
@Suite struct LockTests {
  private static func lock(_ build: BuildFixture) throws -> JSONValue {
    let bytes = try Folder.bytes(ofFile: "\(build.folder)/lorac.lock", limit: 1 << 20)
    return try JSONValue(parsing: bytes, file: "lorac.lock")
  }

  @Test func saysWhatWasRead() throws {
    try withBuild { build in
      try build.build("plain")
      // Not all targets were built.
      #expect(!FileManager.default.fileExists(atPath: "\(build.folder)/lorac.lock"))
      try build.build()
      let lock = try Self.lock(build)
      #expect(lock["schema"]?.stringValue == "lorac.lock/1")
      let files = lock["inputs"]?.elements ?? []
      #expect(
        files.compactMap { $0["file"]?.stringValue }
          == BuildFixture.names.sorted().map { "adapters/\($0).safetensors" })
      for file in files {
        let path = "\(build.folder)/\(file["file"]?.stringValue ?? "")"
        #expect(try file["sha256"]?.stringValue == ContentHash.sha256(ofFile: path))
        #expect(file["bytes"]?.doubleValue == Double(Folder.byteCount(ofFile: path)))
      }
      let encoder = try #require(lock["encoders"]?.elements?.first)
      #expect(encoder["spec"]?.stringValue == "builtin")
      #expect(encoder["id"]?.stringValue?.hasPrefix("all-MiniLM-L6-v2") == true)
      let before = build.stamp("lorac.lock")
      try build.build("--force")
      #expect(build.stamp("lorac.lock") == before)
    }
  }

  @Test func driftIsRefused() throws {
    try withBuild { build in
      let missing = try build.lorac("build", "--locked")
      #expect(missing.status == 66)
      #expect(missing.errors.contains("there is no lock"))
      try build.build()
      #expect(try build.build("--locked") == 0)
      let good = try build.outputs()
      let path = "\(build.folder)/adapters/ink.safetensors"
      let before = try ContentHash.sha256(ofFile: path)
      try build.writeAdapter("ink", seed: 9)
      try build.writeAdapter("neon", seed: 9)
      try build.write("{\"description\": \"a dot\"}", to: "adapters/star.json")
      let drifted = try build.lorac("build", "--locked")
      #expect(drifted.status == 65)
      #expect(drifted.errorLines.count == 3)
      let after = try ContentHash.sha256(ofFile: path)
      #expect(
        drifted.errors.contains("adapters/ink.safetensors: has SHA-256 \(after), and \(before)"))
      #expect(drifted.errors.contains("adapters/star.json: has SHA-256"))
      #expect(try build.outputs() == good)
      let updated = try build.lorac("build")
      #expect(updated.status == 0)
      #expect(updated.errors.contains("lorac.lock has changed"))
      #expect(try build.build("--locked") == 0)
    }
  }

  @Test func damagedLocksAreRefused() throws {
    try withBuild { build in
      for text in ["", "{}", "{\"schema\": \"lorac.lock/9\"}", "[1"] {
        try build.write(text, to: "lorac.lock")
        #expect(try build.lorac("build", "--locked").status == 65)
      }
    }
  }
}
