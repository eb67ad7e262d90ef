internal import Formats

/// A path by which two names of one file are equal, whether the file exists yet or not.
struct PathIdentity: Hashable, Sendable {
  let path: String

  /// Follows the links of what exists, and drops `.`, `..` and repeated slashes of what does not.
  init(_ path: String) {
    var folder = path.hasPrefix("/") ? Folder.trimmed(path) : "\(Self.workingFolder)/\(path)"
    var missing: [String] = []
    while !Folder.exists(folder), folder != "/", folder != "." {
      let (parent, name) = Folder.split(Folder.trimmed(folder))
      if !name.isEmpty { missing.append(name) }
      folder = parent
    }
    var parts = Folder.resolvingLinks(folder).split(separator: "/").map(String.init)
    for name in missing.reversed() where name != "." {
      if name == ".." { _ = parts.popLast() } else { parts.append(name) }
    }
    self.path = "/" + parts.joined(separator: "/")
  }

  private init(identity path: String) { self.path = path }

  /// The folders that it lies in, the nearest first, without the root.
  var folders: [PathIdentity] {
    path.utf8.indices.reversed().filter { path.utf8[$0] == UInt8(ascii: "/") }
      .map { PathIdentity(identity: String(path[..<$0])) }.filter { !$0.path.isEmpty }
  }

  /// How it is called from the folder `folder`.
  func relative(to folder: PathIdentity) -> String {
    let (own, other) = (path.split(separator: "/"), folder.path.split(separator: "/"))
    let common = zip(own, other).prefix { $0 == $1 }.count
    let up = [Substring](repeating: "..", count: other.count - common)
    let parts = up + own[common...]
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  private static let workingFolder = Folder.resolvingLinks(".")
}
