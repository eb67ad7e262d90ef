package import Formats
internal import TextEncoders

extension MergeRequest {
  /// The request that ``parameters(path:)`` wrote.
  ///
  /// - Parameters:
  ///   - parameters: the document.
  ///   - file: what errors call the document's file.
  ///   - path: turns a path as it was written into one that can be opened.
  /// - Throws: `FormatError` for a document that is not of this form.
  package init(
    parameters: JSONValue, file: String, path: (String) -> String
  ) throws(FormatError) {
    let reader = ParameterReader(document: parameters, file: file)
    try reader.checkNames()
    var adapters: [Adapter] = []
    for element in try reader.list("adapters") {
      let entry = ParameterReader(document: element, file: file)
      guard let name = try entry.text("file") else { throw entry.fault("adapters") }
      var adapter = Adapter(path: path(name), name: try entry.text("name"))
      adapter.strength = try entry.number("strength") ?? 1
      adapter.keys = try entry.texts("key")
      adapter.blockWeights = try entry.text("blockWeights")
      adapters.append(adapter)
    }
    self.init(adapters: adapters)
    weighing = try reader.weighing(path: path)
    reading.fixesSplitAlpha = try reader.flag("fixSplitAlpha")
    reading.lokrScale = try reader.number("lokrScale")
    options.rank = try reader.choice("rank") { RankOption($0) } ?? .exact
    options.dialect = try reader.choice("dialect") { AdapterDialect(rawValue: $0) }
    options.dtype = try reader.choice("dtype") { WrittenType(rawValue: $0)?.dtype }
    base = try reader.text("base").map(path)
    allowsUnmatched = try reader.flag("allowUnmatched")
    output.path = try reader.text("output").map(path)
    output.level = try reader.whole("level") ?? output.level
  }
}

/// Reads the members of a document of parameters.
private struct ParameterReader {
  let document: JSONValue
  let file: String

  private static let names: Set<String> = [
    "adapters", "allowUnmatched", "attention", "base", "blockWeights", "dialect", "dtype",
    "encoder", "encoderTower", "fixSplitAlpha", "gates", "keys", "level", "lokrScale",
    "longPrompt", "method", "minScore", "mix", "output", "promptSyntax", "prompts", "rank",
    "strength", "strengthTe", "strengthUnet", "temperature", "tokenizer", "topK",
    "triggerBonus", "weights",
  ]

  func fault(_ name: String) -> FormatError {
    FormatError(
      .unacceptable, file: file, place: "parameter '\(printable(name))'",
      "is not what this version of lorac writes")
  }

  func checkNames() throws(FormatError) {
    guard let members = document.members else { throw fault("externalParameters") }
    if let other = members.first(where: { !Self.names.contains($0.key) }) {
      throw fault(other.key)
    }
  }

  private func value<Value>(
    _ name: String, _ read: (JSONValue) -> Value?
  ) throws(FormatError) -> Value? {
    guard let member = document[name] else { return nil }
    guard let value = read(member) else { throw fault(name) }
    return value
  }

  func text(_ name: String) throws(FormatError) -> String? { try value(name) { $0.stringValue } }
  func number(_ name: String) throws(FormatError) -> Double? { try value(name) { $0.doubleValue } }
  func whole(_ name: String) throws(FormatError) -> Int? { try value(name) { $0.integerValue } }
  func flag(_ name: String) throws(FormatError) -> Bool {
    try value(name) { $0.boolValue } ?? false
  }
  func list(_ name: String) throws(FormatError) -> [JSONValue] {
    try value(name) { $0.elements } ?? []
  }

  func texts(_ name: String) throws(FormatError) -> [String] {
    let values = try list(name)
    let texts = values.compactMap(\.stringValue)
    guard texts.count == values.count else { throw fault(name) }
    return texts
  }

  func choice<Value>(
    _ name: String, _ read: (String) -> Value?
  ) throws(FormatError) -> Value? {
    try value(name) { $0.stringValue.flatMap(read) }
  }

  func weighing(path: (String) -> String) throws(FormatError) -> WeighingRequest {
    var request = WeighingRequest()
    request.method = try text("method") ?? request.method
    for element in try list("prompts") {
      guard let text = element.stringValue ?? element["text"]?.stringValue else {
        throw fault("prompts")
      }
      request.prompts.append(.init(text: text, weight: element["weight"]?.doubleValue ?? 1))
    }
    request.keys = try texts("keys")
    for element in try list("weights") {
      guard let adapter = element["adapter"]?.stringValue,
        let weight = element["weight"]?.doubleValue
      else { throw fault("weights") }
      request.weights.append((adapter, weight))
    }
    request.encoder = EncoderRequest(
      spec: try encoder(path: path), tokenizer: try text("tokenizer").map(path),
      tower: try choice("encoderTower") { TowerChoice(rawValue: $0) })
    request.attention = AttentionOptions(
      kind: try choice("attention") { AttentionKind(rawValue: $0) },
      temperature: try temperature(), mix: try choice("mix") { Mix(rawValue: $0) },
      topK: try whole("topK"), minimumScore: try number("minScore"))
    request.attention.triggerBonus =
      try number("triggerBonus") ?? request.attention.triggerBonus
    request.strength = try number("strength") ?? 1
    request.modules.textEncoderStrength = try number("strengthTe") ?? 1
    request.modules.modelStrength = try number("strengthUnet") ?? 1
    request.modules.blockWeights = try text("blockWeights").map(path)
    request.modules.gates = try text("gates").map(path)
    request.promptSyntax =
      try choice("promptSyntax") { PromptSyntax(rawValue: $0) } ?? request.promptSyntax
    request.longText = try choice("longPrompt") { LongText(rawValue: $0) } ?? request.longText
    return request
  }

  /// The encoder's name, or its path where there is one.
  private func encoder(path: (String) -> String) throws(FormatError) -> String {
    guard let spec = try text("encoder") else { return WeighingRequest().encoder.spec }
    let own = path(spec)
    return Folder.exists(own) ? own : spec
  }

  private func temperature() throws(FormatError) -> Temperature? {
    guard let value = document["temperature"] else { return nil }
    if value.stringValue == "auto" { return .auto }
    guard let number = value.doubleValue else { throw fault("temperature") }
    return .fixed(number)
  }
}

extension MergeRequest {
  /// The same request with every adapter named, as `library` has them, so that it means the same
  /// wherever the files are.
  package func resolved(_ library: AdapterLibrary) throws(FusionError) -> MergeRequest {
    var request = self
    request.adapters = library.members.map { member in
      var adapter = Adapter(path: member.file.path, name: member.name)
      adapter.strength = member.strength
      (adapter.keys, adapter.blockWeights) = (member.keys, member.blockWeights)
      return adapter
    }
    request.weighing.keys = try weighing.keys.map { key throws(FusionError) in
      let (index, text) = try library.divided(key)
      return "\(library.members[index].name)=\(text)"
    }
    request.weighing.weights = try weighing.weights.map { weight throws(FusionError) in
      (library.members[try library.index(of: weight.adapter)].name, weight.weight)
    }
    return request
  }
}
