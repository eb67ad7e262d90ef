internal import Formats

/// What `file` of an adapter says: one adapter, a folder of adapters, or a pattern of names.
struct AdapterSource: Sendable {
  /// From the working folder.
  let path: String
  let place: RecipePlace
  let form: Form

  enum Form: Sendable {
    case one
    /// Everything below the folder.
    case folder
    /// Files and PEFT folders whose path matches, `*` and `?` standing for letters other than `/`.
    case pattern
  }

  init(_ path: String, at place: RecipePlace) {
    (self.path, self.place) = (path, place)
    if Folder.isFolder(path), !AdapterPath.isPEFTFolder(path) {
      form = .folder
    } else if FilePattern.isPattern(path), !Folder.exists(path) {
      form = .pattern
    } else {
      form = .one
    }
  }

  /// The paths of the adapters, in the order of their names.
  ///
  /// - Throws: `RecipeFault` where a folder or pattern stands for none, or a folder is not there.
  func paths() throws(RecipeFault) -> [String] {
    switch form {
    case .one:
      guard !path.hasSuffix("/") || Folder.exists(path) else {
        throw RecipeFault(place, "\(path): no such folder", kind: .unreadable)
      }
      return [path]
    case .folder:
      do {
        return try AdapterPath.expand(path)
      } catch {
        throw RecipeFault(place, error.description, hint: error.remedy, kind: error.kind)
      }
    case .pattern:
      let found = Self.matches(of: path).filter {
        Folder.isFolder($0)
          ? AdapterPath.isPEFTFolder($0)
          : Folder.isFile($0) && AdapterPath.suffixes.contains(where: $0.hasSuffix)
      }
      guard !found.isEmpty else {
        throw RecipeFault(
          place, "no adapter has a name like '\(path)'",
          hint: "* and ? stand for letters of one name; a folder stands for all adapters below it",
          kind: .unreadable)
      }
      return found
    }
  }

  /// The paths that match `pattern`, sorted part by part.
  private static func matches(of pattern: String) -> [String] {
    let isAbsolute = pattern.hasPrefix("/")
    var paths = [isAbsolute ? "/" : ""]
    for part in pattern.split(separator: "/") {
      paths = paths.flatMap { folder -> [String] in
        let prefix = folder.isEmpty || folder == "/" ? folder : folder + "/"
        guard FilePattern.isPattern(part) else { return [prefix + part] }
        let names = (try? Folder.contents(of: folder.isEmpty ? "." : folder)) ?? []
        let pattern = FilePattern(part)
        return names.filter { name in
          (!name.hasPrefix(".") || part.hasPrefix(".")) && pattern.matches(name)
        }
        .sorted { TensorName($0) < TensorName($1) }.map { prefix + $0 }
      }
    }
    return paths
  }

  /// Whether a file that is written to `output` would be one of these adapters.
  ///
  /// `folder` is the identity of ``path``.
  func includes(_ output: PathIdentity, folder: PathIdentity) -> Bool {
    switch form {
    case .one: return output == folder
    case .folder: return output.folders.contains(folder)
    case .pattern:
      let patterns = folder.path.split(separator: "/")
      let parts = output.path.split(separator: "/")
      return patterns.count == parts.count
        && zip(patterns, parts).allSatisfy { FilePattern($0).matches($1) }
    }
  }
}
