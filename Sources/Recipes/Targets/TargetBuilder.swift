internal import Formats
internal import Fusion
internal import TextEncoders

/// Makes one target of its settings and the defaults.
///
/// A default holds where it can: one that has no meaning for a target, such as a rank where a model is
/// written, is not used. The same field in the target itself is a fault.
struct TargetBuilder {
  let name: Placed<String>
  /// What the target itself says, with its values of a matrix.
  private let own: Settings
  /// What placeholders of the output stand for.
  private let labels: [String: String]
  private let content: RecipeContent
  private let adapters: [String: AdapterEntry]
  /// Whether something that is missing may be what could not be understood.
  private let isIncomplete: Bool

  private(set) var faults: [RecipeFault] = []
  private(set) var usedDefaults: Set<SettingField> = []
  private(set) var usedSets: Set<String> = []
  private(set) var output: (path: Placed<String>, isFolder: Bool)?
  private var inputs: [RecipeTarget.Input] = []

  init(
    name: Placed<String>, own: Settings, labels: [String: String], _ content: RecipeContent,
    _ adapters: [String: AdapterEntry], isIncomplete: Bool
  ) {
    (self.name, self.own, self.labels) = (name, own, labels)
    (self.content, self.adapters, self.isIncomplete) = (content, adapters, isIncomplete)
  }

  /// The target, as far as its settings can be used; faults are in ``faults``.
  mutating func target() -> RecipeTarget {
    var request = MergeRequest(adapters: chosenAdapters())
    request.weighing = weighing(of: request.adapters.compactMap(\.name))
    if let base = setting(.base), case .path(let path) = base.value {
      request.base = path
      inputs.append(.init(path: path, place: base.place))
    }
    setEncoder(of: &request)
    setReading(of: &request)
    setForm(of: &request)
    setOutput(of: &request)
    for conflict in request.conflicts {
      guard let field = SettingField(rawValue: conflict.option) else { continue }
      report(
        own[field]?.place ?? name.place, conflict.message(.recipe),
        hint: "in 'defaults' it holds for those targets that can use it")
    }
    return RecipeTarget(
      name: name.value, place: name.place, request: request, inputs: inputs)
  }

  private mutating func report(_ place: RecipePlace, _ problem: String, hint: String? = nil) {
    faults.append(RecipeFault(place, problem, hint: hint))
  }

  /// The value of `field`, of the target or by default; nil where there is none, or it was reported.
  private mutating func setting(_ field: SettingField) -> Setting? {
    let setting = own.layered(over: content.defaults)[field]
    if own[field] == nil { usedDefaults.insert(field) }
    switch setting?.value {
    case .reset, .broken, nil: return nil
    default: return setting
    }
  }

  /// Whether `field` has a value that cannot be used, which was reported.
  private func isBroken(_ field: SettingField) -> Bool {
    if case .broken? = own.layered(over: content.defaults)[field]?.value { true } else { false }
  }

  // MARK: Adapters and weights

  private mutating func chosenAdapters() -> [MergeRequest.Adapter] {
    let chosen: [AdapterEntry]
    if let setting = setting(.adapters), case .names(let names) = setting.value {
      chosen = names.compactMap { name in
        if let entry = adapters[name.value] { return entry }
        reportUnknown(name, "adapter", among: content.adapters.map(\.name.value))
        return nil
      }
    } else {
      chosen = content.adapters
    }
    return chosen.compactMap { entry in
      guard let file = entry.file else { return nil }
      inputs.append(.init(path: file.value, place: file.place))
      var adapter = MergeRequest.Adapter(path: file.value, name: entry.name.value)
      adapter.keys = entry.keys ?? []
      adapter.strength = entry.strength ?? 1
      adapter.blockWeights = entry.blockWeights
      return adapter
    }
  }

  private mutating func reportUnknown(
    _ name: Placed<String>, _ kind: String, among known: [String]
  ) {
    guard !content.isIncomplete else { return }
    report(
      name.place, "no \(kind) is called '\(name.value)'",
      hint: FieldReader.hint(for: name.value, among: known))
  }

  /// How the adapters called `names` are weighed.
  private mutating func weighing(of names: [String]) -> WeighingRequest {
    var request = WeighingRequest()
    if case .text(let method)? = setting(.method)?.value { request.method = method }
    request.weights = weights(of: names)
    request.strength = number(.strength) ?? request.strength
    request.modules.textEncoderStrength = number(.strengthTe) ?? 1
    request.modules.modelStrength = number(.strengthUnet) ?? 1
    request.modules.blockWeights = input(.blockWeights)
    request.modules.gates = input(.gates)
    if case .path(let cache)? = setting(.cache)?.value { request.cache = cache }
    guard !isBroken(.method) else { return request }
    guard FusionMethod.all.first(where: { $0.name == request.method })?.needsPrompts == true else {
      refusePrompts(request.method)
      return request
    }
    request.prompts = prompts()
    setAttention(of: &request)
    return request
  }

  private mutating func weights(of names: [String]) -> [(adapter: String, weight: Double)] {
    guard let setting = setting(.weights), case .weights(let weights) = setting.value else {
      return []
    }
    let isOwn = own[.weights] != nil
    return weights.compactMap { entry in
      let (adapter, weight) = entry.value
      if names.contains(adapter) { return (adapter, weight) }
      // A default is for those adapters that a target has.
      if !isOwn, adapters[adapter] != nil { return nil }
      if adapters[adapter] != nil, !content.isIncomplete {
        report(entry.place, "'\(adapter)' is none of the adapters of the target '\(name.value)'")
      } else {
        reportUnknown(Placed(adapter, entry.place), "adapter", among: names)
      }
      return nil
    }
  }

  // MARK: Prompts and attention

  private mutating func refusePrompts(_ method: String) {
    for field in [SettingField.prompts, .promptSet] {
      guard let prompts = own[field] else { continue }
      if case .reset = prompts.value { continue }
      report(
        prompts.name, "the method '\(method)' reads no prompts",
        hint: "remove '\(field.rawValue)', or use the method 'attention'")
    }
  }

  private mutating func prompts() -> [WeighingRequest.Prompt] {
    if let setting = setting(.prompts), case .prompts(let prompts) = setting.value {
      return prompts
    }
    if let setting = setting(.promptSet), case .names(let names) = setting.value {
      return names.flatMap { name -> [WeighingRequest.Prompt] in
        guard let set = content.promptSets[name.value] else {
          reportUnknown(name, "prompt set", among: content.promptSets.keys.sorted())
          return []
        }
        usedSets.insert(name.value)
        return set.prompts ?? []
      }
    }
    if !isBroken(.prompts), !isBroken(.promptSet), !isIncomplete {
      report(
        name.place, "the target '\(name.value)' has no prompts",
        hint: "give it 'prompts' or a 'promptSet', or fixed 'weights' with the method 'linear'")
    }
    return []
  }

  private mutating func setAttention(of request: inout WeighingRequest) {
    if case .text(let kind)? = setting(.attention)?.value {
      request.attention.kind = AttentionKind(rawValue: kind)
    }
    if case .text(let mix)? = setting(.mix)?.value {
      request.attention.mix = Mix(rawValue: mix)
    }
    if case .temperature(let temperature)? = setting(.temperature)?.value {
      request.attention.temperature = temperature
    }
    if case .whole(let count)? = setting(.topK)?.value { request.attention.topK = count }
    request.attention.minimumScore = number(.minScore)
    if case .text(let syntax)? = setting(.promptSyntax)?.value {
      request.promptSyntax = PromptSyntax(rawValue: syntax) ?? request.promptSyntax
    }
    if case .text(let longText)? = setting(.longPrompt)?.value {
      request.longText = LongText(rawValue: longText) ?? request.longText
    }
  }

  /// The encoder of a target that reads prompts.
  private mutating func setEncoder(of request: inout MergeRequest) {
    guard !request.weighing.prompts.isEmpty else { return }
    var encoder = EncoderRequest()
    if let setting = setting(.encoder) {
      switch setting.value {
      case .text(FieldReader.baseEncoder):
        if let base = request.base {
          // A path, also where it reads like the name of an encoder.
          encoder.spec = base.contains("/") ? base : "./\(base)"
        } else if !isBroken(.base) {
          report(
            setting.place, "the encoder 'base' is the one inside 'base', which is not given",
            hint: "the target '\(name.value)' needs the field 'base', or another encoder")
        }
      case .text(let spec): encoder.spec = spec
      case .path(let path):
        encoder.spec = path.contains("/") ? path : "./\(path)"
        inputs.append(.init(path: path, place: setting.place))
      default: break
      }
    }
    if case .text(let tower)? = setting(.encoderTower)?.value {
      encoder.tower = TowerChoice(rawValue: tower)
    }
    encoder.tokenizer = input(.tokenizer)
    request.weighing.encoder = encoder
  }

  // MARK: What is written

  private mutating func setReading(of request: inout MergeRequest) {
    if case .flag(let flag)? = setting(.fixSplitAlpha)?.value {
      request.reading.fixesSplitAlpha = flag
    }
    request.reading.lokrScale = number(.lokrScale)
  }

  /// Defaults of what only adapters have, or only models, are used by those.
  private mutating func setForm(of request: inout MergeRequest) {
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

  private mutating func setOutput(of request: inout MergeRequest) {
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

  private mutating func number(_ field: SettingField) -> Double? {
    if case .number(let value)? = setting(field)?.value { value } else { nil }
  }

  /// The path that `field` gives, as an input.
  private mutating func input(_ field: SettingField) -> String? {
    guard let setting = setting(field), case .path(let path) = setting.value else { return nil }
    inputs.append(.init(path: path, place: setting.place))
    return path
  }
}
