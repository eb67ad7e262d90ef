internal import Formats

/// A folder with a model in the layout of Hugging Face.
struct ModelFolder: Sendable {
  let path: String
  /// What the model is called.
  let name: String
  /// The command that downloads what is missing, where the folder is in a cache.
  var download: String?
  /// What was assumed to find the folder.
  var notes: [String] = []
  /// The files that said where the folder is.
  var files: [String] = []

  /// The names of weights, in the order in which they are looked for.
  private static let weightNames = ["model.safetensors", "model.fp16.safetensors"]

  init(
    path: String, name: String? = nil, download: String? = nil, notes: [String] = [],
    files: [String] = []
  ) {
    self.path = Folder.trimmed(path)
    let last = Folder.split(self.path).name
    let resolved = Folder.split(Folder.resolvingLinks(self.path)).name
    self.name = name ?? ([".", ".."].contains(last) ? resolved : last)
    (self.download, self.notes, self.files) = (download, notes, files)
  }

  /// The path with a last part that is a name, so that folders beside it can be found.
  var placedPath: String {
    let last = Folder.split(path).name
    return [".", ".."].contains(last) || !path.contains("/") ? Folder.resolvingLinks(path) : path
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// A folder inside; the same one for an empty name.
  func subfolder(_ name: String) -> ModelFolder {
    guard !name.isEmpty else { return self }
    return ModelFolder(
      path: path(name), name: self.name, download: download, notes: notes, files: files)
  }

  /// Whether the file `name` is there.
  ///
  /// - Throws: `TextEncoderError` for a link to a file that is not.
  func has(_ name: String) throws(TextEncoderError) -> Bool {
    if Folder.isFile(path(name)) { return true }
    let (folder, last) = Folder.split(path(name))
    guard !Folder.isFolder(path(name)), Folder.isFolder(folder) else { return false }
    let names = try TextEncoderError.converting { try Folder.contents(of: folder) }
    guard names.contains(last) else { return false }
    guard !Folder.exists(path(name)) else {
      throw fault(.unreadable, file: path(name), "is not a file")
    }
    throw fault(
      .unreadable, file: path(name), "is a link to a file that is not there",
      hint: download.map { "download it with '\($0)'" } ?? "download the model again")
  }

  /// The settings in the file `name`, if it is there.
  func config(_ name: String = "config.json") throws(TextEncoderError) -> ConfigFile? {
    try has(name) ? ConfigFile(path: path(name)) : nil
  }

  /// The model's weights: one file, plain or compressed, or several with an index.
  func weights() throws(TextEncoderError) -> WeightFiles {
    for name in Self.weightNames {
      if try has(name) { return try WeightFiles(file: path(name)) }
      let variant = name.split(separator: ".").dropFirst().dropLast().first.map { ".\($0)" } ?? ""
      for index in ["\(name).index.json", "model.safetensors.index\(variant).json"]
      where try has(index) {
        return try WeightFiles(index: path(index))
      }
      if try has(name + ".zst") { return try WeightFiles(file: path(name + ".zst")) }
    }
    let pickles = ["pytorch_model.bin", "pytorch_model.bin.index.json"].filter {
      Folder.isFile(path($0))
    }
    let found = pickles.first.map { ", found '\($0)', a Python pickle, which can run any code" }
    throw fault(
      .unreadable, file: path,
      "no weights: looked for \(Self.weightNames.joined(separator: ", ")), an index of several "
        + "files, and .zst" + (found ?? ""),
      hint: found == nil
        ? download.map { "download them with '\($0)'" }
        : "convert it to safetensors where you trust its origin")
  }

  func fault(
    _ kind: FormatError.Kind, file: String? = nil, _ problem: String, hint: String? = nil
  ) -> TextEncoderError {
    TextEncoderError(.file(FormatError(kind, file: file ?? path, problem, remedy: hint)))
  }
}
