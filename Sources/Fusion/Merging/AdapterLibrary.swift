package import Formats
internal import Workers

/// The adapters of a command, opened, each with a name of its own.
package struct AdapterLibrary: Sendable {
  package struct Member: Sendable {
    /// The file's stem; the path where two have one stem.
    package let name: String
    package let file: AdapterFile
    /// Multiplies the adapter's weights.
    package let strength: Double
    /// What the request says that it is about; empty for what the file tells.
    let keys: [String]
    /// The request's factors by block, as JSON.
    let blockWeights: String?

    init(name: String, file: AdapterFile, _ request: MergeRequest.Adapter? = nil) {
      (self.name, self.file) = (name, file)
      strength = request?.strength ?? 1
      (keys, blockWeights) = (request?.keys ?? [], request?.blockWeights)
    }
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
    try self.init(
      paths.map { MergeRequest.Adapter(path: $0) }, reading: reading, folder: "",
      sharing: SharedInputs(), threads: threads)
  }

  /// Opens the adapters of `request`.
  ///
  /// - Parameters:
  ///   - request: what to open.
  ///   - inputs: where adapters that others opened are found.
  ///   - threads: how many files to open at a time.
  /// - Throws: as ``init(paths:reading:threads:)``.
  package init(
    _ request: MergeRequest, sharing inputs: SharedInputs = SharedInputs(), threads: Int
  ) throws {
    try self.init(
      request.adapters, reading: request.reading, folder: request.folder, sharing: inputs,
      threads: threads)
  }

  private init(
    _ adapters: [MergeRequest.Adapter], reading: AdapterReading, folder: String,
    sharing inputs: SharedInputs, threads: Int
  ) throws {
    self.reading = reading
    let expanded = try adapters.flatMap { adapter in
      try Self.expanded(adapter).map { (path: $0, request: adapter) }
    }
    let files = try parallelMap(count: expanded.count, threads: threads) { index in
      try inputs.adapter(at: expanded[index].path, reading)
    }
    var uses: [String: Int] = [:]
    for (file, adapter) in zip(files, expanded) {
      uses[adapter.request.name ?? file.name, default: 0] += 1
    }
    members = zip(files, expanded).map { file, adapter in
      let name = adapter.request.name ?? file.name
      let isUnique = uses[name] == 1 || adapter.request.name != nil
      return Member(
        name: isUnique ? name : Folder.relative(file.path, to: folder), file: file,
        adapter.request)
    }
    if let name = Dictionary(grouping: members, by: \.name).first(where: { $1.count > 1 })?.key,
      expanded.contains(where: { $0.request.name == name })
    {
      throw FusionError(
        .usage, "two adapters are called '\(printable(name))'", hint: "name each its own way")
    }
    var seen: Set<String> = []
    for member in members
    where !seen.insert(Folder.resolvingLinks(member.file.tensors.path)).inserted {
      throw FusionError(
        .usage, "'\(printable(member.name))' is given twice",
        hint: "to let it count double, raise its --weight")
    }
  }

  /// The paths of adapters that one of a request stands for.
  private static func expanded(_ adapter: MergeRequest.Adapter) throws -> [String] {
    let paths = try AdapterPath.expand(adapter.path)
    guard paths.count == 1 || (adapter.name == nil && adapter.keys.isEmpty) else {
      throw FusionError(
        .usage,
        "\(printable(adapter.path)): is a folder of \(paths.count) adapters, which cannot share a "
          + (adapter.name == nil ? "key" : "name"),
        hint: "name the files one by one")
    }
    return paths
  }

  /// The library of one adapter.
  package init(of file: AdapterFile) {
    reading = AdapterReading()
    members = [Member(name: file.name, file: file)]
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
