internal import CSystem
internal import Glibc
internal import Synchronization

/// A folder that appears under its name only when it is complete.
///
/// Files go to a sibling `.NAME.lorac-PID`; ``commit()`` gives it the name, at once also where another
/// folder had it. Without a commit the sibling is removed, also when a signal ends the process.
package final class FolderOutput: Sendable {
  package let path: String
  /// Where the files are written until then.
  package let temporary: String
  private let target: String
  private let reminders = Mutex<[Int]>([])

  /// Creates the sibling of `path`.
  ///
  /// - Parameters:
  ///   - path: where the folder is to appear.
  ///   - names: what will be in it. A folder that is there may hold nothing else, as that would be lost.
  ///   - replaces: whether a folder at `path` that is not empty may be replaced.
  /// - Throws: `FormatError` of kind `cannotCreate`.
  package init(path: String, names: [String], replaces: Bool) throws(FormatError) {
    let path = Folder.trimmed(path)
    try Self.check(path, names: names, replaces: replaces)
    self.path = path
    target = Folder.resolvingLinks(path)
    let (parent, name) = Folder.split(target)
    temporary = "\(parent)/.\(name).lorac-\(getpid())"
    Folder.removeAll(temporary)
    // SAFETY: a terminated path for the length of the call.
    guard unsafe mkdir(temporary, 0o777) == 0 else {
      throw .lastSystemError(.cannotCreate, file: path, doing: "cannot create the folder")
    }
    remember(temporary)
  }

  /// Checks what can be known of the output before the work.
  package static func check(
    _ path: String, names: [String], replaces: Bool
  ) throws(FormatError) {
    let path = Folder.trimmed(path)
    guard !Folder.isFile(path) else {
      throw FormatError(
        .cannotCreate, file: path, "is a file; the base is a folder, and so is the output",
        remedy: "name a folder to write")
    }
    guard Folder.isFolder(path) else {
      let parent = Folder.split(path).folder
      guard Folder.isFolder(parent) else {
        throw FormatError(
          .cannotCreate, file: path, "cannot create the folder: No such file or directory",
          remedy: "create the folder '\(printable(parent))' first")
      }
      return
    }
    let contents = try Folder.contents(of: path).sorted()
    guard replaces || contents.isEmpty else {
      throw FormatError(
        .cannotCreate, file: path, "exists already", remedy: "leave out --no-clobber to replace it")
    }
    let known = Set(names)
    if let other = contents.first(where: { !known.contains($0) }) {
      throw FormatError(
        .cannotCreate, file: path,
        "holds '\(printable(other))', which would be lost: a folder is replaced as a whole",
        remedy: "name another folder")
    }
  }

  private func remember(_ path: String) {
    if let place = Temporaries.remember(path) { reminders.withLock { $0.append(place) } }
  }

  /// Where the file `name` of the folder is written; makes the subfolders that it needs.
  package func place(of name: String) throws(FormatError) -> String {
    var folder = temporary
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      guard !Folder.isFolder(folder) else { continue }
      try Folder.create(folder)
      remember(folder)
    }
    let path = "\(temporary)/\(name)"
    remember(path)
    return path
  }

  /// Copies the file at `source` to `name`.
  package func copy(_ source: String, to name: String) throws(FormatError) {
    let input = try MappedFile(path: source)
    let path = try place(of: name)
    let output = try OutputFile(path: path, byteCount: input.byteCount, replaces: false)
    if let descriptor = input.openDescriptor {
      try output.copy(input, descriptor)
    }
    try output.commit()
  }

  /// Gives the folder its name, in the place of one that has it.
  package func commit() throws(FormatError) {
    guard Folder.isFolder(target) else {
      // SAFETY: terminated paths, here and below.
      guard unsafe rename(temporary, target) == 0 else {
        throw .lastSystemError(.cannotCreate, file: path, doing: "cannot put the output in place")
      }
      forget()
      return
    }
    forget()
    if unsafe lorac_exchange(temporary, target) != 0 {
      let old = temporary + "-old"
      guard unsafe rename(target, old) == 0, unsafe rename(temporary, target) == 0 else {
        throw .lastSystemError(.cannotCreate, file: path, doing: "cannot put the output in place")
      }
      Folder.removeAll(old)
    }
    Folder.removeAll(temporary)
  }

  private func forget() {
    for place in reminders.withLock({ $0 }) { Temporaries.forget(place) }
    reminders.withLock { $0 = [] }
  }

  deinit {
    Folder.removeAll(temporary)
    forget()
  }
}

extension Folder {
  /// Removes `path` and all that is in it; links are removed, not followed.
  package static func removeAll(_ path: String) {
    var info = stat()
    // SAFETY: terminated paths, and an `info` of ours.
    guard unsafe lstat(path, &info) == 0 else { return }
    if info.st_mode & S_IFMT == S_IFDIR {
      for name in (try? contents(of: path)) ?? [] { removeAll("\(path)/\(name)") }
      unsafe rmdir(path)
    } else {
      unsafe unlink(path)
    }
  }

  /// The files below `path`, relative to it, without those whose name or folder starts with a dot.
  package static func files(below path: String) throws(FormatError) -> [String] {
    var found: [String] = []
    var open = [""]
    var seen: Set<String> = []
    while let place = open.popLast() {
      // Links may lead back to a folder that was searched.
      guard seen.insert(resolvingLinks("\(path)/\(place)")).inserted else { continue }
      for name in try contents(of: "\(path)/\(place)") where !name.hasPrefix(".") {
        if isFolder("\(path)/\(place)\(name)") {
          open.append("\(place)\(name)/")
        } else if isFile("\(path)/\(place)\(name)") {
          found.append(place + name)
        }
      }
    }
    return found.sorted { TensorName($0) < TensorName($1) }
  }

  /// The bytes that are free where `path` is; nil if that is not known.
  package static func freeByteCount(at path: String) -> Int? {
    var info = statvfs()
    // SAFETY: a terminated path, and an `info` of ours.
    guard unsafe statvfs(path, &info) == 0 else { return nil }
    let (bytes, overflow) = Int(clamping: info.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: info.f_frsize))
    return overflow ? nil : bytes
  }
}
