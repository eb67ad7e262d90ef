extension Folder {
  /// `path` from the root, with the links of its folder followed, but not one that it is itself.
  ///
  /// A file that is a link has its own name, and its own files beside it.
  package static func absolute(_ path: String) -> String {
    let (folder, name) = split(trimmed(path))
    guard name != ".", name != "..", !name.isEmpty else { return resolvingLinks(path) }
    var missing: [String] = []
    var known = folder
    while !exists(known), known != "/", known != "." {
      let (parent, last) = split(known)
      missing.append(last)
      known = parent
    }
    let base = resolvingLinks(known)
    return ([base == "/" ? "" : base] + missing.reversed() + [name]).joined(separator: "/")
  }

  /// How `path` is called from `folder`; `/` as the separator, `..` where it has to be.
  package static func path(of path: String, from folder: String) -> String {
    let own = absolute(path).split(separator: "/")
    let other = resolvingLinks(folder).split(separator: "/")
    let common = zip(own, other).prefix { $0 == $1 }.count
    let parts = [Substring](repeating: "..", count: other.count - common) + own[common...]
    let isFolder = path.hasSuffix("/") ? "/" : ""
    return (parts.isEmpty ? "." : parts.joined(separator: "/")) + isFolder
  }
}
