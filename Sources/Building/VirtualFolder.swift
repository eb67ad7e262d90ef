internal import Formats
internal import Glibc

/// A temporary tree of links in which files have the places to each other that a statement tells,
/// wherever they are.
final class VirtualFolder {
  private let root: String
  /// Where the statement would be; paths with `..` stay inside the tree.
  let place: String

  /// - Parameter names: paths from the place of the statement.
  /// - Throws: `FormatError` when there can be no such folder.
  init(names: [String]) throws(FormatError) {
    let base = Self.environment("TMPDIR") ?? "/tmp"
    root = "\(Folder.trimmed(base))/lorac-verify-\(getpid())"
    Folder.removeAll(root)
    let depth =
      names.map { name in
        name.split(separator: "/").prefix { $0 == ".." }.count
      }.max() ?? 0
    place = root + (0...depth).map { "/\($0)" }.joined()
    try Folder.createAll(place)
  }

  private static func environment(_ name: String) -> String? {
    // SAFETY: the result is a terminated string that nobody changes meanwhile.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The path of `name` in the tree, which no name leads out of.
  func path(_ name: String) -> String {
    var parts = place.split(separator: "/")
    let least = root.split(separator: "/").count
    for part in name.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if parts.count > least {
        parts.removeLast()
      }
    }
    return "/" + parts.joined(separator: "/") + (name.hasSuffix("/") ? "/" : "")
  }

  /// Lets `name` stand for the file at `target`.
  func link(_ name: String, to target: String) throws(FormatError) {
    let path = path(name)
    try Folder.createAll(Folder.split(path).folder)
    // SAFETY: terminated paths for the length of the call.
    guard unsafe symlink(Folder.resolvingLinks(target), path) == 0 else {
      throw FormatError(.cannotCreate, file: path, "cannot make a link")
    }
  }

  deinit { Folder.removeAll(root) }
}
