internal import Formats

/// Reads objects of JSON that give each token its id.
enum VocabularyFile {
  /// Reads a `vocab.json`.
  static func table(json text: [UInt8], file: String) throws(FormatError) -> TokenTable {
    var scanner = try JSONScanner(of: text, file: file)
    let table = try table(from: &scanner, file: file)
    try scanner.finish()
    return table
  }

  /// Reads the object that comes next in `scanner`; ids may be in any order, and some missing.
  static func table(
    from scanner: inout JSONScanner, file: String
  ) throws(FormatError) -> TokenTable {
    var table = TokenTable()
    try scanner.expect("{")
    if try scanner.accept("}") { return table }
    repeat {
      guard table.entries.count < TokenTable.countLimit else {
        throw scanner.fault("more tokens than the \(TokenTable.countLimit) that are read")
      }
      try appendMember(of: &scanner, to: &table)
    } while try scanner.accept(",")
    try scanner.expect("}")
    try checkIds(of: table, file: file)
    return table
  }

  private static func appendMember(
    of scanner: inout JSONScanner, to table: inout TokenTable
  ) throws(FormatError) {
    var token: [UInt8] = []
    try scanner.string(into: &token)
    try scanner.expect(":")
    _ = try scanner.peek()
    let place = scanner.position
    let id = try scanner.integer()
    guard id < TokenTable.idLimit else {
      throw scanner.fault("the id \(id) is not below \(TokenTable.idLimit)", at: place)
    }
    table.append(id: id) { $0 += token }
  }

  private static func checkIds(of table: TokenTable, file: String) throws(FormatError) {
    var isTaken = [Bool](repeating: false, count: table.highestId + 1)
    for entry in table.entries {
      guard !isTaken[Int(entry.id)] else {
        throw FormatError(.unacceptable, file: file, "gives the id \(entry.id) to two tokens")
      }
      isTaken[Int(entry.id)] = true
    }
  }
}
