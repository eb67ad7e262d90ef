internal import Formats
internal import Fusion

extension TargetBuilder {
  mutating func setReading(of request: inout MergeRequest) {
    if case .flag(let flag)? = setting(.fixSplitAlpha)?.value {
      request.reading.fixesSplitAlpha = flag
    }
    request.reading.lokrScale = number(.lokrScale)
  }

  /// Defaults of what only adapters have, or only models, are used by those.
  mutating func setForm(of request: inout MergeRequest) {
    let isModel = request.base != nil
    if isModel || own[.allowUnmatched] != nil,
      case .flag(let flag)? = setting(.allowUnmatched)?.value
    {
      request.allowsUnmatched = flag
    }
    if !isModel || own[.rank] != nil, case .rank(let rank)? = setting(.rank)?.value {
      request.options.rank = rank
    }
    if !isModel || own[.dialect] != nil, case .text(let dialect)? = setting(.dialect)?.value {
      request.options.dialect = AdapterDialect(rawValue: dialect)
    }
    if !isModel || own[.dtype] != nil, case .text(let dtype)? = setting(.dtype)?.value {
      request.options.dtype = WrittenType(rawValue: dtype)?.dtype
    }
    if case .whole(let level)? = setting(.level)?.value { request.output.level = level }
  }

  mutating func setOutput(of request: inout MergeRequest) {
    guard let setting = setting(.output), case .text(let text) = setting.value else {
      if !isBroken(.output), !isIncomplete {
        report(
          name.place, "the target '\(name.value)' has no output",
          hint: "give it one, or all by default: output: 'out/{name}.safetensors'")
      }
      return
    }
    let expanded: String
    do {
      expanded = try Placeholders(values: labels).expand(text)
    } catch {
      report(setting.place, error.problem, hint: error.hint)
      return
    }
    guard expanded != "-" else {
      report(setting.place, "a target is written to a file, not to standard output")
      return
    }
    let isFolder = expanded.hasSuffix("/")
    guard isFolder || AdapterPath.suffixes.contains(where: expanded.hasSuffix) else {
      report(
        setting.place,
        "the output '\(expanded)' ends in neither .safetensors, .safetensors.zst nor /",
        hint: "a path that ends in / is a folder in the layout of PEFT, or of the base")
      return
    }
    if isFolder, request.base == nil, let dialect = request.options.dialect, dialect != .peft {
      report(
        setting.place,
        "'\(expanded)' is a folder, and the dialect \(dialect.rawValue) is written as a file",
        hint: "end the path in .safetensors, or write the dialect peft")
      return
    }
    let path =
      expanded.hasPrefix("/") || setting.folder == "."
      ? expanded : FieldReader.joined(setting.folder, expanded)
    request.output.path = path
    output = (Placed(path, setting.place), isFolder)
  }
}
