internal import Formats
internal import Fusion

/// What earlier builds left: which targets were built, from what, and the digests of files.
///
/// A file of lines, each with a checksum. A build adds a line for every target that it finishes, so
/// that nothing is lost when it is killed, and writes the file anew when it ends. What is damaged
/// or of another version is not believed, which costs a rebuild.
struct BuildState {
  private(set) var digests: [String: ContentDigests.Entry] = [:]
  private(set) var traces: [String: Trace] = [:]
  private(set) var targets: [String: BuiltTarget] = [:]
  /// Where builds wrote that did not end; empty after one that did.
  private(set) var unfinishedFolders: [String] = []
  /// Whether a line could not be used.
  private(set) var isDamaged = false

  /// Of the form of the file.
  private static let version = 1
  /// The first line.
  static let header = "lorac-build \(version)\n"
  private static let sizeLimit = 1 << 30

  init() {}

  /// The state in the file at `path`; empty if there is none that can be used.
  init(path: String) {
    guard let bytes = try? Folder.bytes(ofFile: path, limit: Self.sizeLimit) else { return }
    guard bytes.starts(with: Self.header.utf8) else {
      isDamaged = true
      return
    }
    for line in bytes.dropFirst(Self.header.utf8.count).split(separator: UInt8(ascii: "\n")) {
      if let record = StateRecord(line) { add(record) } else { isDamaged = true }
    }
  }

  mutating func add(_ record: StateRecord) {
    switch record {
    case .digest(let path, let entry): digests[path] = entry
    case .trace(let id, let trace): traces[id] = trace
    case .built(let target): targets[target.name] = target
    case .started(let folders): unfinishedFolders += folders
    }
  }

  /// Takes from `other` what this has not.
  mutating func merge(_ other: BuildState) {
    digests.merge(other.digests) { own, _ in own }
    traces.merge(other.traces) { own, _ in own }
    targets.merge(other.targets) { own, _ in own }
  }

  mutating func remove(_ name: String) { targets[name] = nil }

  /// The state as a file, in one order; without traces and digests that nobody needs.
  func text(digests: [String: ContentDigests.Entry]) -> String {
    var records = digests.sorted { $0.key < $1.key }
      .map { StateRecord.digest(path: $0.key, $0.value) }
    let used = Set(targets.values.map(\.trace))
    for (id, trace) in traces.sorted(by: { $0.key < $1.key }) where used.contains(id) {
      records.append(.trace(id: id, trace))
    }
    for (_, target) in targets.sorted(by: { $0.key < $1.key }) { records.append(.built(target)) }
    return Self.header + records.map(\.line).joined()
  }
}
