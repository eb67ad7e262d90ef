internal import Formats

/// What `tokenizer_config.json` and the older files beside it say about a tokenizer.
struct TokenizerConfig {
  private static let name = "tokenizer_config.json"

  private let config: JSONValue
  private let specialTokens: JSONValue
  let file: String
  /// Tokens that are not in the vocabulary file, or have flags.
  private(set) var addedTokens: [AddedToken] = []

  /// That of a tokenizer without such files.
  init() { (config, specialTokens, file) = (.object([]), .object([]), Self.name) }

  /// Reads the files that are there.
  init(from files: inout TokenizerFiles) throws(FormatError) {
    func document(_ name: String) throws(FormatError) -> JSONValue {
      guard files.has(name) else { return .object([]) }
      let value = try JSONValue(parsing: files.read(name, limit: 8 << 20), file: files.path(name))
      guard value.members != nil else {
        throw FormatError(.unacceptable, file: files.path(name), "is not an object")
      }
      return value
    }
    file = files.path(Self.name)
    config = try document(Self.name)
    specialTokens = try document("special_tokens_map.json")
    try addTokens(config["added_tokens_decoder"] ?? .null)
    try addOlderTokens(document("added_tokens.json"), file: files.path("added_tokens.json"))
  }

  /// The tokenizer's class, without the `Fast` of those that are written in Rust.
  var className: String? {
    config["tokenizer_class"]?.stringValue.map { name in
      name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    }
  }

  /// The truth value of `member`, `standard` where it is missing or null.
  func flag(_ member: String, or standard: Bool) throws(FormatError) -> Bool {
    guard let value = config[member], value != .null else { return standard }
    guard let flag = value.boolValue else { throw fault("'\(member)' is not true or false") }
    return flag
  }

  /// The token that has `role`, such as `eos_token`, if one is named.
  func token(
    _ role: String
  ) throws(FormatError) -> (content: String, traits: AddedToken.Traits)? {
    guard
      let value = [config[role], specialTokens[role]].compactMap(\.self).first(where: {
        $0 != .null
      })
    else { return nil }
    guard let content = value.stringValue ?? value["content"]?.stringValue else {
      throw fault("'\(role)' is not a token")
    }
    return (content, try AddedToken.traits(value, file: file))
  }

  /// The most tokens in a sequence, nil where there is no limit.
  ///
  /// - Throws: `FormatError` unless it is above `frameCount`.
  func maximumLength(above frameCount: Int) throws(FormatError) -> Int? {
    guard let value = config["model_max_length"], value != .null else { return nil }
    guard let length = value.doubleValue else { throw fault("'model_max_length' is not a number") }
    // transformers writes 1e30 for what has no limit.
    guard length < 1e6 else { return nil }
    guard length > Double(frameCount), length == length.rounded() else {
      throw fault(
        "'model_max_length' is \(excerpt(value.compact)), expected a number above \(frameCount)")
    }
    return Int(length)
  }

  private mutating func addTokens(_ decoder: JSONValue) throws(FormatError) {
    for member in decoder.members ?? [] {
      guard let id = Int(member.key), (0..<TokenTable.idLimit).contains(id) else {
        throw fault("'added_tokens_decoder' has the id '\(excerpt(member.key))'")
      }
      addedTokens.append(try AddedToken(member.value, id: id, file: file))
    }
  }

  /// Adds what only `added_tokens.json` lists, the form before there were flags.
  private mutating func addOlderTokens(
    _ document: JSONValue, file: String
  ) throws(FormatError) {
    var known = Set(addedTokens.map { Array($0.content.utf8) })
    for member in document.members ?? [] where known.insert(Array(member.key.utf8)).inserted {
      guard let id = SequenceFrame.tokenId(member.value) else {
        throw FormatError(.unacceptable, file: file, "'\(excerpt(member.key))' has no usable id")
      }
      var token = try AddedToken(.string(member.key), id: id, file: file)
      token.traits = [.normalized]
      addedTokens.append(token)
    }
  }

  private func fault(_ problem: String) -> FormatError {
    FormatError(.unacceptable, file: file, problem)
  }
}
