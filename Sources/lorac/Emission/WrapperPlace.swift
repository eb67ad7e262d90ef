import Formats
import Fusion

/// Where the build of another engine is written, from where its paths are.
struct WrapperPlace {
  /// Nil for standard output, which stands for a file of the working folder.
  let file: String?

  private var folder: String { file.map { Folder.split($0).folder } ?? "." }

  /// The name of the file in its folder; nil if it is not known.
  var name: String? { file.map { Folder.split($0).name } }

  /// How `path`, which is from the working folder, is called there.
  ///
  /// Links are not followed: they are part of what the user calls things.
  ///
  /// - Throws: `FusionError` where a link makes `..` lead elsewhere.
  func path(_ path: String) throws(FusionError) -> String {
    let here = Self.parts(of: folder)
    guard !path.hasPrefix("/") || folder.hasPrefix("/"), !here.isEmpty else {
      let parts = Self.parts(of: path)
      return path.hasPrefix("/") ? "/\(parts.joined(separator: "/"))" : Self.joined(parts)
    }
    let working = Self.parts(of: Folder.resolvingLinks("."))
    func absolute(_ path: String) -> [Substring] {
      path.hasPrefix("/") ? Self.parts(of: path) : Self.parts(ofJoined: working, path)
    }
    let (own, other) = (absolute(path), absolute(folder))
    let common = zip(own, other).prefix { $0 == $1 }.count
    let result = Self.joined(
      [Substring](repeating: "..", count: other.count - common) + own[common...])
    let isSame =
      Folder.resolvingLinks("\(folder)/\(result)") == Folder.resolvingLinks(path)
      || !Folder.exists(path)
    guard isSame else {
      throw FusionError(
        .usage, "from '\(printable(folder))', no relative path leads to '\(printable(path))'",
        hint: "a folder between them is a link; write -o beside the recipe")
    }
    return result
  }

  private static func joined(_ parts: [Substring]) -> String {
    parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// Without `.` and empty parts, and `..` behind a name.
  private static func parts(of path: String) -> [Substring] { parts(ofJoined: [], path) }

  private static func parts(ofJoined start: [Substring], _ path: String) -> [Substring] {
    var result = start
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = result.last, last != ".." {
        result.removeLast()
      } else {
        result.append(part)
      }
    }
    return result
  }
}
