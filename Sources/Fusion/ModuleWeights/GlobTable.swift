/// Numbers by patterns of module names.
///
/// Of several patterns that match a module, the one with most characters other than `*` and `?`
/// holds; of two with as many, the later one.
struct GlobTable: Sendable {
  struct Entry: Sendable {
    let glob: NameGlob
    let value: Double
  }

  private(set) var entries: [Entry] = []
  private var literals: [String: Int] = [:]
  private var texts: Set<String> = []
  private var wildcards: [Int] = []

  /// Patterns with wildcards are tried one after the other.
  static let wildcardLimit = 4096
  static let lengthLimit = 512

  /// Whether ``entries`` has as many patterns with wildcards as are tried.
  var isFull: Bool { wildcards.count >= Self.wildcardLimit }

  /// Adds a pattern; false if it is there already.
  mutating func add(_ text: String, _ value: Double) -> Bool {
    guard texts.insert(text).inserted else { return false }
    let glob = NameGlob(text)
    if glob.isLiteral { literals[text] = entries.count } else { wildcards.append(entries.count) }
    entries.append(Entry(glob: glob, value: value))
    return true
  }

  /// The indices of the entries that match one of `names`.
  func matches(_ names: ModuleNames) -> [Int] {
    names.withBlocks.compactMap { literals[$0] }
      + wildcards.filter { names.scalars.contains(where: entries[$0].glob.matches) }
  }

  /// The value of the entry that holds, of those that match.
  func value(of matches: [Int]) -> Double? {
    matches.max { a, b in
      (entries[a].glob.literalCount, a) < (entries[b].glob.literalCount, b)
    }.map { entries[$0].value }
  }
}
