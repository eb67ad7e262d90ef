internal import Formats

/// A line of the state file.
enum StateRecord {
  case digest(path: String, ContentDigests.Entry)
  case trace(id: String, Trace)
  case built(BuiltTarget)
  /// A build has started to write into these folders; it may have left unfinished files there.
  case started(folders: [String])

  /// The line, with a checksum in front.
  var line: String {
    let text = json.compact
    return "\(Self.checksum(of: Array(text.utf8))) \(text)\n"
  }

  private static func checksum(of bytes: [UInt8]) -> String {
    String(ContentHash.sha256(of: bytes).prefix(checksumLength))
  }

  private static let checksumLength = 16

  private var json: JSONValue {
    switch self {
    case .digest(let path, let entry):
      .array([.string("d"), .string(path), .string(entry.sha256), .string(entry.stamp.text)])
    case .trace(let id, let trace):
      .array([
        .string("t"), .string(id),
        .array(
          trace.entries.flatMap {
            [.string($0.kind.rawValue), .string($0.digest), .string($0.path)]
          }),
      ])
    case .built(let target):
      .array([
        .string("b"), .string(target.name), .string(target.request), .string(target.trace),
        .array(
          target.outputs.flatMap {
            [.string($0.path), .string($0.sha256), .string($0.stamp.text)]
          }),
      ])
    case .started(let folders): .array([.string("s"), .array(folders.map { .string($0) })])
    }
  }

  /// The record of a line without its end; nil if it is damaged, or of a kind not known.
  init?(_ line: some Collection<UInt8>) {
    let (checksum, rest) = (line.prefix(Self.checksumLength), line.dropFirst(Self.checksumLength))
    let text = Array(rest.dropFirst())
    guard rest.first == UInt8(ascii: " "),
      checksum.elementsEqual(Self.checksum(of: text).utf8),
      let elements = (try? JSONValue(parsing: text, file: "state"))?.elements,
      let kind = elements.first?.stringValue
    else { return nil }
    let texts = elements.map(\.stringValue)
    func triples(_ index: Int) -> [(String, String, String)]? {
      guard let list = elements[index].elements?.map(\.stringValue), list.count % 3 == 0 else {
        return nil
      }
      let parts = list.compactMap(\.self)
      guard parts.count == list.count else { return nil }
      return stride(from: 0, to: parts.count, by: 3).map {
        (parts[$0], parts[$0 + 1], parts[$0 + 2])
      }
    }
    switch (kind, elements.count) {
    case ("d", 4):
      guard let path = texts[1], let sha256 = texts[2],
        let stamp = texts[3].flatMap({ FileStamp($0) })
      else { return nil }
      self = .digest(path: path, ContentDigests.Entry(stamp: stamp, sha256: sha256))
    case ("t", 3):
      guard let id = texts[1], let triples = triples(2) else { return nil }
      let entries = triples.compactMap { kind, digest, path in
        Trace.Kind(rawValue: kind).map { Trace.Entry(kind: $0, path: path, digest: digest) }
      }
      guard entries.count == triples.count else { return nil }
      self = .trace(id: id, Trace(entries: entries))
    case ("b", 5):
      guard let name = texts[1], let request = texts[2], let trace = texts[3],
        let triples = triples(4)
      else { return nil }
      let outputs = triples.compactMap { path, sha256, stamp in
        FileStamp(stamp).map { BuiltTarget.Output(path: path, sha256: sha256, stamp: $0) }
      }
      guard outputs.count == triples.count else { return nil }
      self = .built(
        BuiltTarget(name: name, request: request, trace: trace, outputs: outputs))
    case ("s", 2):
      self = .started(folders: (elements[1].elements ?? []).compactMap(\.stringValue))
    default: return nil
    }
  }
}

extension FileStamp {
  /// As a text, since numbers of JSON are not all exact.
  fileprivate var text: String { "\(byteCount) \(modified) \(inode)" }

  fileprivate init?(_ text: String) {
    let numbers = text.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 3 else { return nil }
    self.init(byteCount: numbers[0], modified: numbers[1], inode: numbers[2])
  }
}
