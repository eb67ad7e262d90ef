package import Formats
internal import Workers

/// The adapters of a command, opened, each with a name of its own.
package struct AdapterLibrary: Sendable {
  package struct Member: Sendable {
    /// The file's stem; the path where two have one stem.
    package let name: String
    package let file: AdapterFile
  }

  package let members: [Member]
  /// How the scales were read.
  package let reading: AdapterReading

  /// Opens the adapters at `paths`, files, PEFT folders, or folders of adapters.
  ///
  /// - Throws: `FormatError` for the first that cannot be read, `FusionError` if one is named twice.
  package init(
    paths: [String], reading: AdapterReading = AdapterReading(), threads: Int
  ) throws {
    self.reading = reading
    let expanded = try paths.flatMap { path throws(FormatError) in try AdapterPath.expand(path) }
    let files = try parallelMap(count: expanded.count, threads: threads) { index in
      try AdapterFile(path: expanded[index], reading: reading)
    }
    var uses: [String: Int] = [:]
    for file in files { uses[file.name, default: 0] += 1 }
    members = files.map { Member(name: uses[$0.name] == 1 ? $0.name : $0.path, file: $0) }
    var seen: Set<String> = []
    for member in members
    where !seen.insert(Folder.resolvingLinks(member.file.tensors.path)).inserted {
      throw FusionError(
        .usage, "'\(printable(member.name))' is given twice",
        hint: "to let it count double, raise its --weight")
    }
  }

  package var names: [String] { members.map(\.name) }

  /// Says when options for the scales of some modules found none.
  var readingNotes: [String] {
    guard reading != AdapterReading(), members.allSatisfy({ $0.file.rescaledCount == 0 }) else {
      return []
    }
    return ["no module has a scale that --fix-split-alpha or --lokr-scale changes"]
  }

  /// The adapter and the text of `NAME=TEXT`, where names may hold a `=` too.
  ///
  /// - Throws: `FusionError` when what stands before the first `=` is no adapter's name either.
  func divided(_ argument: String) throws(FusionError) -> (index: Int, text: String) {
    let separators = argument.indices.filter { argument[$0] == "=" }
    for separator in separators {
      let name = String(argument[..<separator])
      if let index = try? index(of: name) {
        return (index, String(argument[argument.index(after: separator)...]))
      }
    }
    return (try index(of: String(argument.prefix { $0 != "=" })), "")
  }

  /// The index of the adapter that `name` stands for: a name, or the path as given.
  ///
  /// - Throws: `FusionError` that lists the names there are.
  package func index(of name: String) throws(FusionError) -> Int {
    let found = members.firstIndex { $0.name == name || $0.file.path == name }
    guard let found else {
      let known = names.prefix(12).map(printable).joined(separator: ", ")
      throw FusionError(
        .usage, "no adapter is called '\(printable(name))'",
        hint: "the adapters are: \(known)\(names.count > 12 ? ", …" : "")")
    }
    return found
  }
}
