internal import Formats
internal import Fusion
internal import TextEncoders

extension FieldReader {
  /// The value of `field` that `node` is; what is wrong with it is reported.
  mutating func setting(
    _ field: SettingField, _ name: RecipePlace, _ node: RecipeNode
  ) -> Setting {
    let value: Setting.Value?
    if case .plain(let text) = node.content, PlainScalar(text) == .null {
      value = .reset
    } else {
      value = self.value(of: field, node)
    }
    return Setting(
      name: name, place: node.place, folder: folder, value: value ?? .broken)
  }

  private mutating func value(of field: SettingField, _ node: RecipeNode) -> Setting.Value? {
    let what = "'\(field.rawValue)'"
    return switch field.kind {
    case .text: line(node, what).map(Setting.Value.text)
    case .path: path(node, what).map(Setting.Value.path)
    case .flag: flag(node, what).map(Setting.Value.flag)
    case .number: number(node, what).map(Setting.Value.number)
    case .whole(let range): whole(node, what, in: range).map(Setting.Value.whole)
    case .choice(let words): choice(node, what, of: words).map(Setting.Value.text)
    case .names: names(node, what).map(Setting.Value.names)
    case .prompts: prompts(node, what).map(Setting.Value.prompts)
    case .weights: weights(node, what).map(Setting.Value.weights)
    case .rank: rank(node, what).map(Setting.Value.rank)
    case .temperature: temperature(node, what).map(Setting.Value.temperature)
    case .encoder: encoder(node, what)
    }
  }

  /// One name, or a list of names, each once.
  private mutating func names(_ node: RecipeNode, _ what: String) -> [Placed<String>]? {
    guard let elements = list(node, what, allowsOne: true) else { return nil }
    guard !elements.isEmpty else {
      report(node.place, "\(what) is an empty list")
      return nil
    }
    var names: [Placed<String>] = []
    var seen: Set<String> = []
    for element in elements {
      guard let name = line(element, "a name in \(what)") else { continue }
      guard seen.insert(name).inserted else {
        report(element.place, "\(what) names '\(name)' twice")
        continue
      }
      names.append(Placed(name, element.place))
    }
    return names.count == elements.count ? names : nil
  }

  private mutating func weights(
    _ node: RecipeNode, _ what: String
  ) -> [Placed<(name: String, weight: Double)>]? {
    guard let members = mapping(node, what) else { return nil }
    let weights = members.compactMap { member in
      number(member.value, "the weight of '\(member.key.value)'").map {
        Placed((name: member.key.value, weight: $0), member.key.place)
      }
    }
    return weights.count == members.count ? weights : nil
  }

  private mutating func rank(_ node: RecipeNode, _ what: String) -> RankOption? {
    let forms = "a whole number from 1 up, exact, or a percentage such as 99%"
    switch node.content {
    case .plain(let text):
      if case .number = PlainScalar(text) {
        let limit = 1...Int(Int32.max)
        return whole(node, what, in: limit).map(RankOption.rank)
      }
      if let rank = RankOption(text), case .text = PlainScalar(text) { return rank }
      report(node.place, "\(what) is \(forms), not \(text)")
    case .text(let text):
      // A percentage needs no quotes and may have them; a number is none in quotes.
      if let rank = RankOption(text), Int(text) == nil { return rank }
      report(
        node.place, "\(what) is \(forms), not the text '\(text)'",
        hint: Int(text) == nil ? nil : "remove the quotes")
    case .broken: break
    default: report(node.place, "\(what) is \(forms), not \(node.kind)")
    }
    return nil
  }

  private mutating func temperature(_ node: RecipeNode, _ what: String) -> Temperature? {
    switch node.content {
    case .plain("auto"), .text("auto"): return .auto
    case .broken: return nil
    case .plain(let text) where PlainScalar(text).kind == "a number":
      guard let value = number(node, what) else { return nil }
      if value > 0 { return .fixed(value) }
      report(
        node.place, "\(what) is a number above 0, not \(Self.shortest(value))",
        hint: "the smaller it is, the fewer adapters are selected")
    case .plain(let text), .text(let text):
      report(node.place, "\(what) is a number above 0 or auto, not '\(text)'")
    default: report(node.place, "\(what) is a number above 0 or auto, not \(node.kind)")
    }
    return nil
  }

  /// `builtin`, `base`, a path from the recipe's folder, or a name in the Hugging Face cache.
  private mutating func encoder(_ node: RecipeNode, _ what: String) -> Setting.Value? {
    guard let spec = line(node, what) else { return nil }
    if spec == BuiltinEncoder.spec || spec == Self.baseEncoder { return .text(spec) }
    let path = resolved(spec)
    if Folder.exists(path) { return .path(path) }
    return EncoderRequest.isModelName(spec) ? .text(spec) : .path(path)
  }

  /// Stands for the text encoder in the base.
  static var baseEncoder: String { "base" }
}
