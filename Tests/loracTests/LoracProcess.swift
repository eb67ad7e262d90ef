import Formats
import Foundation

/// The built command, run as a user runs it.
struct LoracProcess {
  let status: Int32
  let output: String
  let errors: String

  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let binary: String =
    ProcessInfo.processInfo.environment["LORAC_BINARY"]
    ?? repository.appendingPathComponent(".build/release/lorac").path

  static let adapters = repository.appendingPathComponent("examples/shapes/adapters").path
  static let fixtures = repository.appendingPathComponent("Tests/Fixtures").path

  /// A process that is ready to run, with its standard streams in files of `folder`.
  static func prepare(
    _ arguments: [String], in folder: String, shell: String? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: shell == nil ? binary : "/bin/sh")
    process.arguments = shell.map { ["-c", $0, "sh", binary] + arguments } ?? arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var environment = ProcessInfo.processInfo.environment
    environment["COLUMNS"] = "100"
    process.environment = environment
    for (name, set) in [
      ("stdout", { process.standardOutput = $0 }), ("stderr", { process.standardError = $0 }),
    ] as [(String, (FileHandle) -> Void)] {
      let path = "\(folder)/.\(name)"
      try Data().write(to: URL(fileURLWithPath: path))
      set(try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
    }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// What a process that has ended left.
  init(_ process: Process, in folder: String) throws {
    // Shells report the signal that ended a process as 128 and its number.
    status =
      process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
    func text(_ name: String) throws -> String {
      let url = URL(fileURLWithPath: "\(folder)/.\(name)")
      defer { try? FileManager.default.removeItem(at: url) }
      return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }
    output = try text("stdout")
    errors = try text("stderr")
  }

  static func run(
    _ arguments: [String], in folder: String, shell: String? = nil
  ) throws -> LoracProcess {
    let process = try prepare(arguments, in: folder, shell: shell)
    try process.run()
    process.waitUntilExit()
    return try LoracProcess(process, in: folder)
  }

  /// The JSON document on standard output.
  func json() throws -> JSONValue { try JSONValue(parsing: Array(output.utf8), file: "stdout") }

  /// The lines on standard error that start with `lorac: error:`.
  var errorLines: [Substring] {
    errors.split(separator: "\n").filter { $0.hasPrefix("lorac: error:") }
  }
}

/// Calls `body` with a folder that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("lorac-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The names in `folder`.
func contents(_ folder: String) throws -> Set<String> {
  Set(try FileManager.default.contentsOfDirectory(atPath: folder))
}
