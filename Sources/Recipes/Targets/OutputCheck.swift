internal import Formats

/// Finds outputs that are written twice, or over an input.
struct OutputCheck {
  private let inputs: [PathIdentity: String]
  private let sources: [(source: AdapterSource, folder: PathIdentity)]
  private var written: [PathIdentity: String] = [:]
  private var folders: [PathIdentity: String] = [:]
  /// The folders that something is written into, below them too.
  private var parents: [PathIdentity: String] = [:]

  /// - Parameters:
  ///   - content: what recipes say.
  ///   - files: what was read for that.
  init(_ content: RecipeContent, files: [String]) {
    var inputs: [PathIdentity: String] = [:]
    for file in files { inputs[PathIdentity(file)] = "a file of the recipe" }
    for adapter in content.adapters {
      guard let file = adapter.file else { continue }
      inputs[PathIdentity(file.value)] = "the adapter '\(adapter.name.value)'"
    }
    let settings =
      [content.defaults]
      + content.targets.flatMap { target in
        [target.settings]
          + (target.matrix ?? []).flatMap { axis in
            axis.values.map { [axis.field: $0.setting] }
          }
      }
    for settings in settings {
      for field in [SettingField.base, .blockWeights, .gates, .encoder, .tokenizer] {
        guard case .path(let path)? = settings[field]?.value else { continue }
        inputs[PathIdentity(path)] = "an input, '\(field.rawValue)'"
      }
    }
    self.inputs = inputs
    sources = content.sources.filter { $0.form != .one }.map { ($0, PathIdentity($0.path)) }
  }

  /// Adds the output of a target.
  ///
  /// - Returns: what is wrong with it.
  mutating func add(
    _ output: Placed<String>, isFolder: Bool, of target: Placed<String>
  ) -> RecipeFault? {
    let own = PathIdentity(output.value)
    func fault(_ problem: String, _ hint: String? = nil) -> RecipeFault {
      RecipeFault(output.place, problem, hint: hint)
    }
    if let other = written[own] {
      return fault(
        "the targets '\(other)' and '\(target.value)' are both written to '\(output.value)'",
        "put {name} into the output, or give each its own")
    }
    for folder in own.folders {
      if let other = folders[folder] {
        return fault(
          "'\(output.value)' lies in the folder that the target '\(other)' is written to")
      }
    }
    if let input = inputs[own] {
      return fault("'\(output.value)' is \(input), and would be replaced")
    }
    for folder in own.folders where inputs[folder] != nil {
      return fault("'\(output.value)' lies inside \(inputs[folder] ?? "")")
    }
    for (source, folder) in sources where source.includes(own, folder: folder) {
      return fault(
        "'\(output.value)' would be one of the adapters that '\(source.path)' stands for",
        "write it to a folder of its own")
    }
    if isFolder {
      if let other = parents[own] {
        return fault("the target '\(other)' is written into the folder '\(output.value)'")
      }
      folders[own] = target.value
    }
    written[own] = target.value
    for folder in own.folders { parents[folder] = target.value }
    return nil
  }
}
