internal import Formats

/// The content of a `tokenizer.json`, as far as ids depend on it.
struct TokenizerDocument {
  let file: String
  private(set) var addedTokens: JSONValue = .null
  private(set) var normalizer: JSONValue = .null
  private(set) var preTokenizer: JSONValue = .null
  private(set) var postProcessor: JSONValue = .null
  private(set) var model = Model()

  struct Model {
    var vocabulary: TokenTable?
    /// Whether the vocabulary is a list, as that of Unigram models is.
    var hasList = false
    var merges: MergeList?
    /// All other members.
    var options: [(String, JSONValue)] = []
  }

  /// A member other than the vocabulary and the merges may have this many bytes.
  private static let memberLimit = 4 << 20

  /// Reads the members in one pass.
  ///
  /// Truncation and padding, which a caller of the reference overrides,
  /// and what concerns decoding are skipped.
  init(parsing text: [UInt8], file: String) throws(FormatError) {
    self.file = file
    var scanner = try JSONScanner(of: text, file: file)
    var members: Set<String> = []
    var model: Model?
    try scanner.object { scanner, key throws(FormatError) in
      try Self.check(key, among: &members, scanner)
      switch key {
      case "added_tokens": addedTokens = try Self.value(from: &scanner, key)
      case "normalizer": normalizer = try Self.value(from: &scanner, key)
      case "pre_tokenizer": preTokenizer = try Self.value(from: &scanner, key)
      case "post_processor": postProcessor = try Self.value(from: &scanner, key)
      case "model": model = try Self.model(from: &scanner, file: file)
      default: try scanner.skipValue()
      }
    }
    try scanner.finish()
    guard let model else { throw FormatError(.unacceptable, file: file, "has no 'model'") }
    self.model = model
  }

  private static func model(
    from scanner: inout JSONScanner, file: String
  ) throws(FormatError) -> Model {
    var model = Model()
    var members: Set<String> = []
    try scanner.object { scanner, key throws(FormatError) in
      try Self.check(key, among: &members, scanner)
      switch (key, try scanner.peek()) {
      case ("vocab", UInt8(ascii: "{")):
        model.vocabulary = try VocabularyFile.table(from: &scanner, file: file)
      case ("vocab", _):
        model.hasList = true
        try scanner.skipValue()
      case ("merges", _):
        model.merges = try merges(from: &scanner, file: file)
      default:
        model.options.append((key, try value(from: &scanner, key)))
      }
    }
    return model
  }

  /// Refuses a member that is there twice, and objects with very many.
  private static func check(
    _ key: String, among members: inout Set<String>, _ scanner: JSONScanner
  ) throws(FormatError) {
    guard members.insert(key).inserted else {
      throw scanner.fault("'\(excerpt(key))' is there twice")
    }
    guard members.count <= 100 else { throw scanner.fault("an object with over 100 members") }
  }

  /// A value of bounded size.
  private static func value(
    from scanner: inout JSONScanner, _ name: String
  ) throws(FormatError) -> JSONValue {
    var end = scanner
    try end.skipValue()
    guard end.position - scanner.position <= memberLimit else {
      throw scanner.fault("'\(excerpt(name))' has more than the \(memberLimit) bytes that are read")
    }
    return try JSONValue(from: &scanner)
  }

  /// A list of pairs `["a", "b"]`, or of strings `"a b"`.
  private static func merges(
    from scanner: inout JSONScanner, file: String
  ) throws(FormatError) -> MergeList {
    var list = MergeList()
    try scanner.expect("[")
    if try scanner.accept("]") { return list }
    repeat {
      try appendMerge(of: &scanner, to: &list)
      try list.checkCount(file)
    } while try scanner.accept(",")
    try scanner.expect("]")
    return list
  }

  private static func appendMerge(
    of scanner: inout JSONScanner, to list: inout MergeList
  ) throws(FormatError) {
    let place = scanner.position
    var (left, right) = ([UInt8](), [UInt8]())
    if try scanner.accept("[") {
      try scanner.string(into: &left)
      try scanner.expect(",")
      try scanner.string(into: &right)
      try scanner.expect("]")
      list.append(left: left[...], right: right[...])
    } else {
      try scanner.string(into: &left)
      guard list.appendPair(left[...]) else {
        throw scanner.fault("a merge is not two tokens with a space between", at: place)
      }
    }
  }
}
