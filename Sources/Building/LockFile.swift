package import Formats
internal import Fusion

/// `lorac.lock`: every input of a recipe's targets, by path, size and SHA-256.
///
/// A text of one line an input, in one order, so that version control shows what changed.
package struct LockFile: Sendable, Equatable {
  /// A file, by its content.
  package struct Input: Sendable, Hashable {
    package let byteCount: Int
    package let sha256: String
  }

  /// The version that the outputs were made with.
  package var version = LoracVersion.current
  /// The id of each encoder, by what the recipe calls it.
  package var encoders: [String: String] = [:]
  /// By path from the recipe's folder.
  package var inputs: [String: Input] = [:]

  package static let name = "lorac.lock"
  private static let schema = "lorac.lock/1"
  private static let sizeLimit = 256 << 20

  init() {}

  /// Reads the lock at `path`.
  ///
  /// - Throws: `FormatError` when there is none, or it is not one.
  package init(path: String) throws(FormatError) {
    guard Folder.exists(path) else {
      throw FormatError(
        .unreadable, file: path, "there is no lock",
        remedy: "build all targets once without --locked, which writes it")
    }
    let document = try JSONValue(
      parsing: try Folder.bytes(ofFile: path, limit: Self.sizeLimit), file: path)
    guard document["schema"]?.stringValue == Self.schema,
      let version = document["lorac"]?.stringValue,
      let inputs = document["inputs"]?.elements, let encoders = document["encoders"]?.elements
    else {
      throw FormatError(
        .unacceptable, file: path, "is not a lock of this version (\(Self.schema))",
        remedy: "remove it, and build all targets without --locked")
    }
    self.version = version
    for (index, input) in inputs.enumerated() {
      guard let file = input["file"]?.stringValue, let sha256 = input["sha256"]?.stringValue,
        let bytes = input["bytes"]?.doubleValue.flatMap({ Int(exactly: $0) })
      else {
        throw FormatError(
          .unacceptable, file: path, place: "input \(index + 1)",
          "is not {file, bytes, sha256}")
      }
      self.inputs[file] = Input(byteCount: bytes, sha256: sha256)
    }
    for (index, encoder) in encoders.enumerated() {
      guard let spec = encoder["spec"]?.stringValue, let id = encoder["id"]?.stringValue else {
        throw FormatError(
          .unacceptable, file: path, place: "encoder \(index + 1)", "is not {spec, id}")
      }
      self.encoders[spec] = id
    }
  }

  /// The lock as a file.
  package var text: String {
    func line(_ members: [(String, JSONValue)]) -> String {
      "    \(JSONValue.object(pairs: members).compact)"
    }
    func list(_ lines: [String]) -> String {
      lines.isEmpty ? "[]" : "[\n\(lines.joined(separator: ",\n"))\n  ]"
    }
    let encoders = encoders.sorted { $0.key < $1.key }.map {
      line([("spec", .string($0.key)), ("id", .string($0.value))])
    }
    let inputs = inputs.sorted { $0.key < $1.key }.map {
      line([
        ("file", .string($0.key)), ("bytes", .integer($0.value.byteCount)),
        ("sha256", .string($0.value.sha256)),
      ])
    }
    return """
      {
        "schema": "\(Self.schema)",
        "lorac": "\(version)",
        "encoders": \(list(encoders)),
        "inputs": \(list(inputs))
      }

      """
  }

  /// What of `found` is not as the lock says, a sentence each; `isWhole` tells whether that is all that
  /// the recipe is made from now.
  package func drift(of found: LockFile, isWhole: Bool) -> [String] {
    var sentences: [String] = []
    if found.version != version {
      sentences.append("lorac is \(found.version), and \(version) in the lock")
    }
    for (spec, id) in found.encoders.sorted(by: { $0.key < $1.key }) where encoders[spec] != id {
      sentences.append(
        "the encoder '\(spec)' is \(id), and \(encoders[spec] ?? "none") in the lock")
    }
    for (path, input) in found.inputs.sorted(by: { $0.key < $1.key }) {
      guard let locked = inputs[path] else {
        sentences.append("\(path): has SHA-256 \(input.sha256), and is not in the lock")
        continue
      }
      if locked.sha256 != input.sha256 {
        sentences.append(
          "\(path): has SHA-256 \(input.sha256), and \(locked.sha256) in the lock")
      }
    }
    guard isWhole else { return sentences }
    for path in inputs.keys.sorted() where found.inputs[path] == nil {
      sentences.append("\(path): is in the lock, and no target is made from it now")
    }
    return sentences
  }
}

extension Build {
  /// What the targets are made from, as it is now, together with `files`.
  ///
  /// Targets with a fault are left out.
  ///
  /// - Throws: `FormatError` when a file cannot be read.
  package func inventory(files: [String]) throws -> LockFile {
    var lock = LockFile()
    func add(_ path: String, _ sha256: String) {
      lock.inputs[path] = LockFile.Input(
        byteCount: Folder.byteCount(ofFile: folder.absolute(path)), sha256: sha256)
    }
    for path in files {
      if let sha256 = try digests.digest(ofFile: path) { add(folder.relative(path), sha256) }
    }
    var seen: Set<String> = []
    for index in targets.indices {
      guard let (id, trace) = try trace(index), seen.insert(id).inserted else { continue }
      for entry in trace.entries {
        switch entry.kind {
        case .file: add(entry.path, entry.digest)
        case .encoder: lock.encoders[entry.path] = entry.digest
        case .absent, .listing: break
        }
      }
    }
    return lock
  }

  /// What a target was made from, or will be; nil if that is not known.
  private func trace(_ index: Int) throws -> (id: String, trace: Trace)? {
    if let recorded = recordedTrace(index) { return recorded }
    guard faults[index] == nil else { return nil }
    let trace = try job(index).trace(folder, digests)
    return (trace.id, trace)
  }
}
