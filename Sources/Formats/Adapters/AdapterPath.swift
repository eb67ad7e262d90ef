internal import Glibc

/// Finds adapters among files and folders.
package enum AdapterPath {
  static let configName = "adapter_config.json"
  static let peftName = "adapter_model.safetensors"
  package static let suffixes = [".safetensors", ".safetensors.zst"]

  /// The files of the adapter at `path`: its tensors, and the configuration of a PEFT adapter.
  package static func locate(
    _ path: String
  ) throws(FormatError) -> (tensors: String, config: String?) {
    if Folder.isFolder(path) {
      let folder = Folder.trimmed(path)
      guard
        let name = [peftName, peftName + ".zst"].first(where: { Folder.isFile("\(folder)/\($0)") })
      else {
        throw FormatError(
          .unreadable, file: path, "the folder holds no \(peftName)",
          remedy: "name a file, or a folder in the layout of PEFT")
      }
      return ("\(folder)/\(name)", try config(in: folder, of: path))
    }
    guard isPEFTFile(path) else { return (path, nil) }
    return (path, try config(in: Folder.split(path).folder, of: path))
  }

  /// Whether a file at `path` has the name of the weights in a PEFT folder.
  package static func isPEFTFile(_ path: String) -> Bool {
    let name = Folder.split(path).name
    return name == peftName || name == peftName + ".zst"
  }

  private static func config(in folder: String, of path: String) throws(FormatError) -> String {
    let config = "\(folder)/\(configName)"
    guard Folder.isFile(config) else {
      throw FormatError(
        .unacceptable, file: path, "\(configName) is missing beside \(peftName)",
        remedy: "the scale (lora_alpha) is in it; copy it from where the adapter came from",
        code: .missingConfig)
    }
    return config
  }

  /// The adapters that `path` stands for: itself, or, if it is a folder that is not one adapter,
  /// every adapter file and PEFT folder below it, sorted by path.
  ///
  /// - Parameters:
  ///   - path: a file or a folder.
  ///   - others: further ends of names that files are found by.
  /// - Returns: paths that are not shown to be adapters yet.
  /// - Throws: `FormatError` for a folder without any, or that cannot be read.
  package static func expand(
    _ path: String, also others: [String] = []
  ) throws(FormatError) -> [String] {
    let (paths, faults) = try expandAll(path, also: others)
    if let first = faults.first { throw first }
    return paths
  }

  /// The same as ``expand(_:also:)``, with what cannot be opened because of its name beside the paths.
  package static func expandAll(
    _ path: String, also others: [String] = []
  ) throws(FormatError) -> (paths: [String], faults: [FormatError]) {
    guard Folder.isFolder(path), !isPEFTFolder(path) else { return ([path], []) }
    var found: [String] = []
    var faults: [FormatError] = []
    var seen: Set<String> = []
    try search(
      Folder.trimmed(path), for: suffixes + others, into: &found, faults: &faults, seen: &seen)
    guard !found.isEmpty || !faults.isEmpty else {
      throw FormatError(
        .unreadable, file: path, "no *.safetensors or *.safetensors.zst file is below this folder")
    }
    return (
      found.sorted { TensorName($0) < TensorName($1) },
      faults.sorted { TensorName($0.file) < TensorName($1.file) }
    )
  }

  private static func search(
    _ folder: String, for suffixes: [String], into found: inout [String],
    faults: inout [FormatError], seen: inout Set<String>
  ) throws(FormatError) {
    // Links may lead back to a folder that was searched.
    guard seen.insert(Folder.resolvingLinks(folder)).inserted else { return }
    let (names, nameless) = try Folder.entries(of: folder)
    for entry in nameless where !entry.shownName.hasPrefix(".") {
      if entry.isFolder || suffixes.contains(where: entry.shownName.hasSuffix) {
        faults.append(entry.fault(in: folder))
      }
    }
    for name in names where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if Folder.isFolder(path) {
        if isPEFTFolder(path) {
          found.append(path)
        } else {
          // One folder that cannot be read does not hide the others.
          do throws(FormatError) {
            try search(path, for: suffixes, into: &found, faults: &faults, seen: &seen)
          } catch {
            faults.append(error)
          }
        }
      } else if suffixes.contains(where: name.hasSuffix), Folder.isFile(path) {
        found.append(path)
      }
    }
  }

  /// Whether the folder `path` is one adapter.
  package static func isPEFTFolder(_ path: String) -> Bool {
    let folder = Folder.trimmed(path)
    return Folder.isFile("\(folder)/\(configName)")
      || suffixes.contains { Folder.isFile("\(folder)/adapter_model\($0)") }
  }

  /// The name of the adapter at `path`: its last part without the suffix of its type.
  ///
  /// A file with the one name that all PEFT adapters have is called by its folder.
  package static func name(of path: String) -> String {
    let given = Folder.split(Folder.trimmed(path))
    let isRelative = given.name == "." || given.name == ".."
    let (folder, last) = isRelative ? Folder.split(Folder.resolvingLinks(path)) : given
    let suffix =
      suffixes.sorted { $0.count > $1.count }.first { last.lowercased().hasSuffix($0) } ?? ""
    let stem = String(last.dropLast(suffix.count))
    guard stem == "adapter_model", folder != "/" else { return stem.isEmpty ? last : stem }
    return name(of: folder)
  }
}
