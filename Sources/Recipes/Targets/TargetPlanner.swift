internal import Formats
internal import Fusion

/// Makes targets of what recipes say, and checks what only all of them together tell.
struct TargetPlanner {
  private let content: RecipeContent
  private let path: String
  private let adapters: [String: AdapterEntry]
  /// Whether nothing was wrong so far.
  private let isSound: Bool
  private var outputs: OutputCheck
  private(set) var faults: [RecipeFault] = []
  private(set) var warnings: [RecipeFault] = []
  private var reported: Set<RecipeFault> = []
  /// Defaults that some target uses.
  private var usedDefaults: Set<SettingField> = []
  private var usedSets: Set<String> = []

  /// Targets with all values of their matrices.
  private static let targetLimit = 100_000

  /// - Parameters:
  ///   - content: what recipes say.
  ///   - files: what was read for that, which no target may replace.
  ///   - path: of the recipe.
  ///   - isSound: whether nothing was wrong with what could be read.
  init(_ content: RecipeContent, files: [String], path: String, isSound: Bool) {
    (self.content, self.path, self.isSound) = (content, path, isSound)
    adapters = Dictionary(
      content.adapters.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
    outputs = OutputCheck(content, files: files)
  }

  private mutating func report(_ fault: RecipeFault) {
    if reported.insert(fault).inserted { faults.append(fault) }
  }

  mutating func targets() -> [RecipeTarget] {
    checkAdapters()
    if content.targets.isEmpty, isSound {
      report(
        RecipeFault(
          RecipePlace(file: path, line: 1, column: 1), "the recipe has no targets"))
    }
    var targets: [RecipeTarget] = []
    var names: [String: RecipePlace] = [:]
    for entry in content.targets {
      let count = (entry.matrix ?? []).reduce(1) { count, axis in
        let (product, overflows) = count.multipliedReportingOverflow(by: max(1, axis.values.count))
        return overflows ? .max : product
      }
      guard count <= Self.targetLimit - targets.count else {
        report(
          RecipeFault(
            entry.name.place,
            "the matrix makes \(count) targets; a recipe has at most "
              + "\(Self.targetLimit)"))
        break
      }
      for variant in Self.variants(of: entry) {
        guard let target = target(variant, of: entry, names: &names) else { continue }
        targets.append(target)
      }
    }
    if isSound, faults.isEmpty { warnUnused() }
    return targets
  }

  private mutating func checkAdapters() {
    guard !content.adapters.isEmpty || !isSound else {
      report(
        RecipeFault(RecipePlace(file: path, line: 1, column: 1), "the recipe has no adapters"))
      return
    }
    var files: [PathIdentity: AdapterEntry] = [:]
    for entry in content.adapters {
      guard let file = entry.file else {
        guard !content.isIncomplete else { continue }
        let known = content.adapters.filter { $0.file != nil }.map(\.name.value)
        report(
          RecipeFault(
            entry.place, "the adapter '\(entry.name.value)' has no 'file'",
            hint: EditDistance.nearest(to: entry.name.value, among: known)
              .map { "did you mean '\($0)'?" }))
        continue
      }
      if let other = files.updateValue(entry, forKey: PathIdentity(file.value)) {
        report(
          RecipeFault(
            file.place, "'\(file.value)' is the file of '\(other.name.value)' too",
            hint: "name every adapter once; to let one count double, raise its strength"))
      }
    }
  }

  /// The combinations of values, one of each axis; one without values where there is no matrix.
  private static func variants(of entry: TargetEntry) -> [[TargetEntry.Axis.Value]] {
    (entry.matrix ?? []).reduce([[]]) { variants, axis in
      variants.flatMap { variant in axis.values.map { variant + [$0] } }
    }
  }

  private mutating func reportTwin(_ name: String, _ entry: TargetEntry, first: RecipePlace) {
    let unused = (entry.matrix ?? []).map(\.field.rawValue)
      .filter { !Placeholders.names(in: entry.name.value).contains($0) }
    report(
      RecipeFault(
        entry.name.place, "two targets are called '\(name)'",
        hint: first == entry.name.place && !unused.isEmpty
          ? "put {\(unused.joined(separator: "} and {"))} into the name"
          : "the other is at line \(first.line)"))
  }

  /// The target of one combination of values; `names` are those that are taken.
  private mutating func target(
    _ variant: [TargetEntry.Axis.Value], of entry: TargetEntry,
    names: inout [String: RecipePlace]
  ) -> RecipeTarget? {
    var own = entry.settings
    var labels: [String: String] = [:]
    for (axis, value) in zip(entry.matrix ?? [], variant) {
      own[axis.field] = value.setting
      labels[axis.field.rawValue] = value.label.value
    }
    let name: String
    do {
      name = try Placeholders(values: labels).expand(entry.name.value)
    } catch {
      report(RecipeFault(entry.name.place, error.problem, hint: error.hint))
      return nil
    }
    labels["name"] = name
    var builder = TargetBuilder(
      name: Placed(name, entry.name.place), own: own, labels: labels, content, adapters,
      isIncomplete: entry.isIncomplete || content.isIncomplete)
    let target = builder.target()
    builder.faults.forEach { report($0) }
    usedDefaults.formUnion(builder.usedDefaults)
    usedSets.formUnion(builder.usedSets)
    if let first = names.updateValue(entry.name.place, forKey: name) {
      reportTwin(name, entry, first: first)
      return nil
    }
    if let output = builder.output,
      let fault = outputs.add(output.path, isFolder: output.isFolder, of: builder.name)
    {
      report(fault)
    }
    return target
  }

  private mutating func warnUnused() {
    for (field, setting) in content.defaults where !usedDefaults.contains(field) {
      if case .reset = setting.value { continue }
      warnings.append(
        RecipeFault(setting.name, "no target uses the default of '\(field.rawValue)'"))
    }
    for (name, set) in content.promptSets where !usedSets.contains(name) {
      warnings.append(RecipeFault(set.place, "no target uses the prompt set '\(name)'"))
    }
  }
}
