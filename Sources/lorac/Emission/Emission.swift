import Building
import Formats
import Fusion
import Recipes

/// The targets of a recipe, as the build of another engine names them: by paths from its folder.
struct Emission {
  struct Target {
    let name: String
    /// Every file that is read and can be known now, the recipe last; each once.
    let inputs: [String]
    let outputs: [String]
    /// The file that the recipe names, or the folder without a slash at the end.
    let output: String
    /// What decides the outputs but for the contents of files, as a digest.
    let digest: String
    let peakByteCount: Int
    /// Whether it takes so much memory that a machine may have room for one only.
    let isLarge: Bool
  }

  let place: WrapperPlace
  let recipe: String
  /// The recipe, those that it extends, and files of prompts.
  let recipeFiles: [String]
  /// The folders whose content is part of what the recipe means; without those that targets, or the
  /// result, are written into, which change with every build.
  let adapterFolders: [String]
  let targets: [Target]
  /// The names that were asked for; empty for all targets.
  let names: [String]

  private static let largeByteCount = 1 << 30

  /// - Parameters:
  ///   - build: of the same targets, checked and without faults.
  ///   - selection: the targets.
  ///   - place: where the result goes.
  /// - Throws: `FusionError` for names that no command line can carry.
  init(_ build: Build, _ selection: RecipeSelection, _ place: WrapperPlace) throws {
    self.place = place
    let recipe = selection.recipe
    let recipeFiles = try recipe.files.map { try place.path($0) }
    self.recipeFiles = recipeFiles
    self.recipe = try place.path(recipe.path)
    names = selection.isWhole ? [] : selection.targets.map(\.name)
    let targets = try zip(selection.targets.indices, selection.targets).map { index, target in
      let job = try build.job(index)
      guard !target.name.hasPrefix("@") else {
        throw FusionError(
          .usage, "\(target.place): the target '\(printable(target.name))' starts with @",
          hint: "on a command line that is a file of arguments; give the target another name")
      }
      let folder = selection.folder
      // What lies elsewhere and was not named so belongs to this machine, as the Hugging Face cache.
      let files = (job.inputFiles + job.weighed.sidecars.filter(Folder.isFile)).filter { path in
        !path.hasPrefix("/") || !folder.relative(path).hasPrefix("/")
          || target.inputs.contains { path == $0.path || path.hasPrefix("\($0.path)/") }
      }
      let peak = try job.size(threads: 1).peakByteCount
      var seen: Set<String> = []
      return Target(
        name: target.name,
        inputs: try (files.map { try place.path($0) } + recipeFiles)
          .filter { seen.insert($0).inserted },
        outputs: try job.outputFiles.map { try place.path($0) },
        output: try place.path(Folder.trimmed(job.outputName)),
        digest: Self.digest(of: target.request, in: folder), peakByteCount: peak,
        isLarge: target.request.base != nil || peak > Self.largeByteCount)
    }
    self.targets = targets
    let used = recipeFiles + targets.flatMap { $0.inputs + $0.outputs }
    if let name = place.name, used.contains(name) {
      throw FusionError(
        .usage, "-o \(printable(place.file ?? name)) is a file that the recipe names",
        hint: "write it to another file")
    }
    let written = Set(targets.map { Folder.split($0.output).folder } + ["."])
    adapterFolders = try Self.folders(of: build).map { try place.path($0) }
      .filter { !written.contains($0) }
  }

  private static func digest(of request: MergeRequest, in folder: BuildFolder) -> String {
    let parameters = request.parameters(path: folder.relative).compact
    return String(ContentHash.sha256(of: Array(parameters.utf8)).prefix(16))
  }

  /// The folders that adapters lie in.
  private static func folders(of build: Build) -> [String] {
    Set(build.targets.flatMap { $0.request.adapters.map { Folder.split($0.path).folder } }).sorted()
  }

  /// Refuses texts that a language cannot carry, or that would end a line of it.
  ///
  /// - Parameters:
  ///   - text: a name or path.
  ///   - language: as errors call it.
  ///   - isAllowed: what `language` takes, without control characters, which none takes.
  /// - Throws: `FusionError` with the letter that is in the way.
  static func check(
    _ text: String, _ language: String, isAllowed: (Unicode.Scalar) -> Bool = { _ in true }
  ) throws(FusionError) {
    let bad = text.unicodeScalars.first { scalar in
      scalar.value < 0x20 || scalar.value == 0x7F || !isAllowed(scalar)
        || [0x85, 0x2028, 0x2029].contains(scalar.value)
    }
    guard let bad else { return }
    let code = String(bad.value, radix: 16, uppercase: true)
    throw FusionError(
      .usage, "'\(printable(text))' cannot be named in \(language): it holds U+\(code)",
      hint: "rename the file or the target")
  }
}
