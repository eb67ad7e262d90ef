package import Formats
internal import Glibc

/// The folder of a recipe, and in it `.lorac`, where builds keep what they know.
package struct BuildFolder: Sendable {
  /// As a prefix of paths; `.` for the working folder.
  package let path: String
  /// Which part of a recipe's targets the build is for; parts that run at once have states of their own.
  package let shard: Shard?
  /// Whether builds know what others left, and leave what they know; else there is no `.lorac`, and no
  /// build waits for another one.
  let keepsState: Bool

  /// Nil for the recipe that builds look for; the file of another one in the same folder, whose state and
  /// lock are its own.
  private let recipe: String?

  package init(ofRecipe recipe: String, shard: Shard? = nil, keepsState: Bool = true) {
    let (folder, name) = Folder.split(recipe)
    path = folder
    self.recipe = ["lorac.yaml", "lorac.yml", "lorac.json"].contains(name) ? nil : name
    (self.shard, self.keepsState) = (shard, keepsState)
  }

  /// Where the lock of the recipe's inputs is.
  package var lockPath: String {
    guard let recipe else { return absolute(LockFile.name) }
    let stem = recipe.split(separator: ".").dropLast().joined(separator: ".")
    return absolute("\(stem.isEmpty ? recipe : stem).lock")
  }

  /// `path` from the recipe's folder, where it lies below that.
  package func relative(_ path: String) -> String { Folder.relative(path, to: self.path) }

  /// What ``relative(_:)`` was made from.
  package func absolute(_ path: String) -> String {
    path.hasPrefix("/") || self.path == "." ? path : "\(Folder.trimmed(self.path))/\(path)"
  }

  private static let name = ".lorac"
  private static let stateName = "state"
  private var own: String {
    "\(path)/\(Self.name)" + (recipe.map { "/\($0)" } ?? "")
  }
  private var suffix: String { shard.map { "-\($0.index)-of-\($0.count)" } ?? "" }
  var statePath: String { "\(own)/\(Self.stateName)\(suffix)" }

  /// The locks that a build holds until its end.
  package struct Locks: Sendable {
    fileprivate let locks: [FolderLock]
  }

  /// Makes `.lorac`, and waits until no other build is at work on the same targets.
  ///
  /// Shards share the folder with each other, but not with a build of all targets.
  ///
  /// - Throws: as ``FolderLock``; `FormatError` when the folder cannot be made.
  package func lock(timeout: Double?, onWait: () -> Void) throws(FormatError) -> Locks {
    guard keepsState else { return Locks(locks: []) }
    try Folder.createAll(own)
    let ignore = "\(own)/.gitignore"
    if !Folder.exists(ignore) {
      // Parts on other machines may write it at the same moment; nothing depends on it.
      try? OutputFile.writeUnsynced(Array("*\n".utf8), to: ignore)
    }
    let whole = try FolderLock(
      path: "\(own)/lock", shard == nil ? .exclusive : .shared, timeout: timeout, onWait: onWait)
    guard shard != nil else { return Locks(locks: [whole]) }
    let part = try FolderLock(
      path: "\(own)/lock\(suffix)", .exclusive, timeout: timeout, onWait: onWait)
    return Locks(locks: [whole, part])
  }

  /// What earlier builds left, of this part of the targets or of others.
  func state() -> (state: BuildState, isMerged: Bool) {
    guard keepsState else { return (BuildState(), false) }
    var state = BuildState(path: statePath)
    let others = ((try? Folder.contents(of: own)) ?? [])
      .filter { $0.hasPrefix(Self.stateName) && !$0.contains(".") }.map { "\(own)/\($0)" }
      .filter { $0 != statePath }.sorted()
    for other in others { state.merge(BuildState(path: other)) }
    return (state, !others.isEmpty)
  }

  /// Removes states of parts, whose content is in that of the whole now.
  func removeParts() {
    guard shard == nil else { return }
    for name in (try? Folder.contents(of: own)) ?? [] where name.hasPrefix("\(Self.stateName)-") {
      Folder.removeFile("\(own)/\(name)")
    }
  }

  /// Removes unfinished files that processes which are gone left in `folders` and beside the state.
  ///
  /// - Parameters:
  ///   - folders: where to look.
  ///   - outputs: the files and folders that this build may write. What another part of the targets
  ///     writes stays, since its process may be alive on another machine.
  func removeUnfinished(in folders: some Sequence<String>, outputs: Set<String>) {
    for folder in Array(folders) + [own] {
      for name in (try? Folder.contents(of: folder)) ?? [] {
        guard let process = Temporaries.process(ofUnfinished: name),
          shard == nil || outputs.contains(folder)
            || Temporaries.finalName(ofUnfinished: name)
              .map({ outputs.contains(folder == "." ? $0 : "\(folder)/\($0)") }) ?? false,
          kill(process, 0) != 0, errno == ESRCH
        else { continue }
        Folder.removeAll("\(folder)/\(name)")
      }
    }
  }
}

/// One of several equal parts of a recipe's targets.
package struct Shard: Sendable, Hashable {
  /// From 1.
  package let index: Int
  package let count: Int

  /// Nil unless `1 <= index <= count`.
  package init?(index: Int, count: Int) {
    guard count >= 1, (1...count).contains(index) else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// Whether the target of this name belongs to the part.
  ///
  /// The name alone decides, so that other targets may come and go.
  package func includes(_ name: String) -> Bool {
    let digest = ContentHash.sha256(of: Array(name.utf8))
    let number = UInt64(digest.prefix(16), radix: 16) ?? 0
    return Int(number % UInt64(count)) == index - 1
  }
}
