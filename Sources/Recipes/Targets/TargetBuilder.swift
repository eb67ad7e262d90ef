internal import Formats
internal import Fusion

/// Makes one target of its settings and the defaults.
///
/// A default holds where it can: one that has no meaning for a target, such as a rank where a model is
/// written, is not used. The same field in the target itself is a fault.
struct TargetBuilder {
  let name: Placed<String>
  /// What the target itself says, with its values of a matrix.
  let own: Settings
  /// What the target says, and else the defaults.
  private let settings: Settings
  /// What placeholders of the output stand for.
  let labels: [String: String]
  let content: RecipeContent
  let adapters: [String: AdapterEntry]
  /// Whether something that is missing may be what could not be understood.
  let isIncomplete: Bool

  private(set) var faults: [RecipeFault] = []
  private(set) var usedDefaults: Set<SettingField> = []
  var usedSets: Set<String> = []
  var output: (path: Placed<String>, isFolder: Bool)?
  var inputs: [RecipeTarget.Input] = []

  init(
    name: Placed<String>, own: Settings, labels: [String: String], _ content: RecipeContent,
    _ adapters: [String: AdapterEntry], isIncomplete: Bool
  ) {
    (self.name, self.own, self.labels) = (name, own, labels)
    settings = own.layered(over: content.defaults)
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
    for conflict in request.conflicts where !isBroken(.base) {
      guard let field = SettingField(rawValue: conflict.option) else { continue }
      report(
        own[field]?.place ?? name.place, conflict.message(.recipe),
        hint: "in 'defaults' it holds for those targets that can use it")
    }
    return RecipeTarget(
      name: name.value, place: name.place, request: request, inputs: inputs)
  }

  mutating func report(_ place: RecipePlace, _ problem: String, hint: String? = nil) {
    faults.append(RecipeFault(place, problem, hint: hint))
  }

  /// The value of `field`, of the target or by default; nil where there is none, or it was reported.
  mutating func setting(_ field: SettingField) -> Setting? {
    let setting = settings[field]
    if own[field] == nil { usedDefaults.insert(field) }
    switch setting?.value {
    case .reset, .broken, nil: return nil
    default: return setting
    }
  }

  /// Whether `field` has a value that cannot be used, which was reported.
  func isBroken(_ field: SettingField) -> Bool {
    if case .broken? = settings[field]?.value { true } else { false }
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

  mutating func reportUnknown(
    _ name: Placed<String>, _ kind: String, among known: [String]
  ) {
    guard !content.isIncomplete else { return }
    report(
      name.place, "no \(kind) is called '\(name.value)'",
      hint: FieldReader.hint(for: name.value, among: known))
  }

  mutating func number(_ field: SettingField) -> Double? {
    if case .number(let value)? = setting(field)?.value { value } else { nil }
  }

  /// The path that `field` gives, as an input.
  mutating func input(_ field: SettingField) -> String? {
    guard let setting = setting(field), case .path(let path) = setting.value else { return nil }
    inputs.append(.init(path: path, place: setting.place))
    return path
  }
}
