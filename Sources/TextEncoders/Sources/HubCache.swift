internal import Formats

/// The models that Hugging Face's tools keep on this machine.
///
/// lorac reads them, and never the network.
///
/// Source: layout and variables of `huggingface_hub` 1.x, `constants.py` and `file_download.py`.
struct HubCache {
  let root: String

  /// Which folder the variables name: the first of `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`,
  /// `HF_HOME` and `XDG_CACHE_HOME` that is set, else the one in the user's home.
  init(_ environment: Environment) {
    let choices = [
      ("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "/hub"),
      ("XDG_CACHE_HOME", "/huggingface/hub"),
    ]
    let chosen = choices.lazy.compactMap { name, rest in
      environment[name].map { Folder.trimmed(environment.expanding($0)) + rest }
    }.first
    root = chosen ?? environment.expanding("~/.cache/huggingface/hub")
  }

  enum Lookup {
    /// The model's folder, what was assumed, and the file that named it.
    case found(folder: String, notes: [String], files: [String])
    /// The places where they are not.
    case absent(tried: [String])
  }

  /// Finds the files of a model.
  ///
  /// - Throws: `TextEncoderError` if there are several versions and none is the main one.
  func lookup(_ name: HubName) throws(TextEncoderError) -> Lookup {
    var tried: [String] = []
    for folder in name.folders.map({ "\(root)/\($0)" }) {
      guard Folder.isFolder(folder) else {
        tried.append(folder)
        continue
      }
      let reference = "\(folder)/refs/\(name.revision ?? "main")"
      var snapshot: String?
      var notes: [String] = []
      if Folder.isFile(reference) {
        snapshot = try commit(in: reference)
      } else if let revision = name.revision {
        snapshot = revision.contains("/") ? nil : revision
      } else if let only = try onlySnapshot(of: name, in: folder) {
        snapshot = only
        notes = [
          "\(reference) is missing; the only snapshot there is, '\(printable(only))', is used"
        ]
      }
      let path = "\(folder)/snapshots" + (snapshot.map { "/\($0)" } ?? "")
      if snapshot != nil, Folder.isFolder(path) {
        return .found(
          folder: path, notes: notes, files: Folder.isFile(reference) ? [reference] : [])
      }
      tried.append(snapshot == nil ? reference : path)
    }
    return .absent(tried: tried)
  }

  /// The commit that a reference names.
  private func commit(in reference: String) throws(TextEncoderError) -> String {
    try TextEncoderError.converting {
      let bytes = try Folder.bytes(ofFile: reference, limit: 4096)
      let commit = bytes.filter { $0 > 0x20 }
      guard !commit.isEmpty, !commit.contains(UInt8(ascii: "/")), commit.first != UInt8(ascii: ".")
      else { throw FormatError(.unacceptable, file: reference, "does not name a commit") }
      return String(decoding: commit, as: UTF8.self)
    }
  }

  private func onlySnapshot(of name: HubName, in folder: String) throws(TextEncoderError) -> String?
  {
    let path = "\(folder)/snapshots"
    guard Folder.isFolder(path) else { return nil }
    let names = try TextEncoderError.converting {
      try Folder.contents(of: path).filter { Folder.isFolder("\(path)/\($0)") }.sorted()
    }
    guard names.count > 1 else { return names.first }
    throw TextEncoderError(
      .file(
        FormatError(
          .unreadable, file: path,
          "has the snapshots \(names.joined(separator: ", ")), and no refs/main says which to use",
          remedy: "add one to the encoder's name, as in '\(name.model)@\(names[0])'")))
  }
}
