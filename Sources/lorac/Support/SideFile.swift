import Formats
import Fusion

/// A file that an option names, beside the result of a command.
struct SideFile {
  let option: String
  let path: String

  /// Nil where the option is not given.
  init?(option: String, path: String?) {
    guard let path else { return nil }
    (self.option, self.path) = (option, path)
  }

  /// Checks that the file can be made, and that none of `files`, which are read or written, is there.
  ///
  /// - Throws: `FormatError` of the file, `FusionError` for a file that has two uses.
  func check(besides files: [String]) throws {
    try OutputFile.check(path, replaces: true, mayLackFolder: false)
    let place = Self.place(of: path)
    if files.contains(where: { Self.place(of: $0) == place }) {
      throw FusionError(
        .usage,
        "\(option) would replace '\(printable(path))', which the command reads or writes itself",
        hint: "name another file")
    }
  }

  /// The file that `path` stands for, whether it is there or not.
  static func place(of path: String) -> String {
    let (folder, name) = Folder.split(Folder.resolvingLinks(path))
    return "\(Folder.resolvingLinks(folder))/\(name)"
  }
}
