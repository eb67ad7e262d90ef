import Foundation
import TextEncoders

/// A folder for a model, removed with the last reference to it.
final class TemporaryModel {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/lorac-model-\(UUID().uuidString)"
    try makeFolder("")
  }

  /// A copy of a fixture's folder.
  convenience init(copying fixture: String) throws {
    try self.init()
    try copy(fixture, to: "")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: self[name], withIntermediateDirectories: true)
  }

  func copy(_ fixture: String, to folder: String) throws {
    try makeFolder(folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: Fixture.path(fixture)) {
      try FileManager.default.copyItem(
        atPath: Fixture.path(fixture + "/" + name), toPath: self[folder + "/" + name])
    }
  }

  /// Copies a file within the folder.
  func copyFile(_ name: String, to target: String) throws {
    try FileManager.default.copyItem(atPath: self[name], toPath: self[target])
  }

  /// Copies a file of a fixture.
  func copyFile(of fixture: String, to target: String) throws {
    try FileManager.default.copyItem(atPath: Fixture.path(fixture), toPath: self[target])
  }

  func move(_ name: String, to target: String) throws {
    try FileManager.default.moveItem(atPath: self[name], toPath: self[target])
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self[name]) }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: self[name]))
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: self[name], withDestinationPath: target)
  }

  /// Replaces a part of the text file `name`.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: self[name], encoding: .utf8)
    guard text.contains(old) else { throw CocoaError(.fileReadCorruptFile) }
    try write(name, text.replacingOccurrences(of: old, with: new))
  }
}

/// What is wrong with a request, and how to go on.
struct ModelFault {
  let message: String
  let hint: String?
  let error: TextEncoderError

  /// Nil if nothing is wrong; `folder` is called DIR.
  init?(
    _ request: EncoderRequest, environment: Environment = [:], folder: TemporaryModel? = nil
  ) {
    func short(_ text: String) -> String {
      folder.map { text.replacingOccurrences(of: $0.path, with: "DIR") } ?? text
    }
    do {
      _ = try EncoderResolver.encoder(request, environment: environment)
      return nil
    } catch {
      (message, hint, self.error) = (short(error.description), error.hint.map(short), error)
    }
  }
}

extension String {
  func replacingAll(_ old: String, by new: String) -> String {
    replacingOccurrences(of: old, with: new)
  }

  mutating func replaceSuffix(_ old: String, by new: String) {
    if hasSuffix(old) { self = dropLast(old.count) + new }
  }
}
