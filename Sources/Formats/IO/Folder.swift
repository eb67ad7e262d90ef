internal import Glibc

/// Questions about paths, answered by the file system.
package enum Folder {
  package static func isFolder(_ path: String) -> Bool { mode(path) == S_IFDIR }
  package static func isFile(_ path: String) -> Bool { mode(path) == S_IFREG }

  /// Whether anything has the name `path`, links followed.
  package static func exists(_ path: String) -> Bool { mode(path) != nil }

  private static func mode(_ path: String) -> mode_t? {
    var info = stat()
    // SAFETY: the path is a terminated string for the length of the call, and `info` is ours.
    return unsafe stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
  }

  /// The size of the file at `path`; 0 if there is none.
  package static func byteCount(ofFile path: String) -> Int {
    var info = stat()
    // SAFETY: as above.
    return unsafe stat(path, &info) == 0 ? Int(info.st_size) : 0
  }

  /// `path` without slashes at its end.
  package static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// The folder and the last part of `path`.
  package static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
  }

  /// `path` as it is called within `folder`, where it starts with that folder's path.
  package static func relative(_ path: String, to folder: String) -> String {
    let prefix = folder == "/" ? folder : "\(trimmed(folder))/"
    guard !folder.isEmpty, path.hasPrefix(prefix) else { return path }
    return String(path.dropFirst(prefix.count))
  }

  /// Removes the file `path`, if it is there.
  package static func removeFile(_ path: String) {
    // SAFETY: a terminated path for the length of the call.
    unsafe unlink(path)
  }

  /// The path of `name` in `folder`, which may be the root.
  package static func path(of name: String, in folder: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Removes the folder `path` if nothing is in it.
  package static func removeEmpty(_ path: String) {
    // SAFETY: the path is a terminated string for the length of the call.
    unsafe rmdir(trimmed(path))
  }

  /// What `path` stands for when symbolic links are followed; itself if there is nothing yet.
  package static func resolvingLinks(_ path: String) -> String {
    // SAFETY: both strings are terminated; the result is ours, and freed below.
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Whether `path`, which need not be there yet, lies somewhere in `folder`; `folder` does not lie in itself.
  package static func contains(_ path: String, in folder: String) -> Bool {
    let root = resolvingLinks(folder)
    let rest = nearest(path)
    var place = resolvingLinks(rest)
    if rest == trimmed(path) { place = split(place).folder }
    while place != root {
      let above = split(place).folder
      guard above != place, above != "." else { return false }
      place = above
    }
    return true
  }

  /// `path`, or the first of those above it that is there.
  package static func nearest(_ path: String) -> String {
    var path = trimmed(path)
    while !exists(path) {
      let above = split(path).folder
      guard above != path else { break }
      path = above
    }
    return path
  }

  /// Whether files can be made in the folder `path`.
  package static func isWritable(_ path: String) -> Bool {
    // SAFETY: the path is a terminated string for the length of the call.
    unsafe access(path, W_OK | X_OK) == 0
  }

  /// An entry of a folder that no text can name, as its bytes are not UTF-8.
  struct NamelessEntry {
    /// The name with `\xHH` in place of its bytes that are not ASCII.
    let shownName: String
    let isFolder: Bool

    /// Why the entry, in `folder`, is of no use.
    func fault(in folder: String) -> FormatError {
      FormatError(
        .unreadable, file: "\(folder)/\(shownName)",
        "its name is not UTF-8, so it cannot be opened",
        remedy: "rename it")
    }
  }

  /// The names in the folder `path`, without `.` and `..`, in no order.
  ///
  /// - Throws: `FormatError` also where a name is not UTF-8: nobody should miss that file.
  package static func contents(of path: String) throws(FormatError) -> [String] {
    let (names, nameless) = try entries(of: path)
    if let first = nameless.first { throw first.fault(in: trimmed(path)) }
    return names
  }

  /// The names in the folder `path`, without `.` and `..`, and the entries whose names are not UTF-8, each
  /// in no order.
  static func entries(
    of path: String
  ) throws(FormatError) -> (names: [String], nameless: [NamelessEntry]) {
    guard let stream = unsafe opendir(path) else {
      throw .lastSystemError(.unreadable, file: path)
    }
    // SAFETY: the stream is open until the end of this function.
    defer { unsafe closedir(stream) }
    var names: [String] = []
    var nameless: [NamelessEntry] = []
    while let entry = unsafe readdir(stream) {
      unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // SAFETY: d_name is a terminated string, and `info` is ours.
        let text = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
        guard let name = unsafe String(validatingCString: text) else {
          var info = stat()
          let isKnown = unsafe fstatat(dirfd(stream), text, &info, 0) == 0
          unsafe nameless.append(
            NamelessEntry(
              shownName: escaped(text), isFolder: isKnown && info.st_mode & S_IFMT == S_IFDIR))
          return
        }
        if name != ".", name != ".." { names.append(name) }
      }
    }
    return (names, nameless)
  }

  /// The terminated `text` with `\xHH` in place of its bytes that are not ASCII.
  @unsafe
  private static func escaped(_ text: UnsafePointer<CChar>) -> String {
    // SAFETY: the caller promises that the string is terminated.
    let bytes = unsafe UnsafeBufferPointer(start: text, count: strlen(text))
    return unsafe bytes.reduce(into: "") { result, byte in
      let byte = UInt8(bitPattern: byte)
      if byte < 0x80 {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += "\\x" + String(byte, radix: 16)
      }
    }
  }

  /// The bytes of the file at `path`, at most `limit` of them.
  ///
  /// - Throws: `FormatError` also when the file is larger.
  package static func bytes(ofFile path: String, limit: Int) throws(FormatError) -> [UInt8] {
    let mapping = try MappedFile(path: path)
    guard mapping.byteCount <= limit else {
      throw .unacceptable(path, "has \(mapping.byteCount) bytes; at most \(limit) are read")
    }
    return mapping.withBytes(of: 0..<mapping.byteCount) { $0.copied() }
  }

  /// Makes the folder `path` and those above it, where they are not there.
  package static func createAll(_ path: String) throws(FormatError) {
    let parts = trimmed(path).split(separator: "/", omittingEmptySubsequences: false)
    for count in parts.indices where !parts[count].isEmpty {
      try create(parts[...count].joined(separator: "/"))
    }
    guard isFolder(path) else {
      throw FormatError(.cannotCreate, file: path, "is not a folder")
    }
  }

  /// Makes the folder `path`, if it is not there; its parent must be.
  package static func create(_ path: String) throws(FormatError) {
    // SAFETY: the path is a terminated string for the length of the call.
    guard !isFolder(path), unsafe mkdir(trimmed(path), 0o777) != 0, errno != EEXIST else { return }
    throw .lastSystemError(.cannotCreate, file: path, doing: "cannot create the folder")
  }
}
