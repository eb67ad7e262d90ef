internal import Formats

/// From names as lorac writes them in a dialect to those that a file of the same dialect had.
///
/// Tools have spelled one dialect in several ways. Most differ in how names begin and end, so few
/// entries tell all names.
struct NameMap: Hashable {
  /// Of stems, from their start up to a dot or underscore, or whole.
  private var prefixes: [String: String] = [:]
  /// Of what follows the stem.
  private var suffixes: [String: String] = [:]
  /// Whole stems that prefixes do not tell.
  private var stems: [String: String] = [:]
  /// Whole names that the others do not tell.
  private var names: [String: String] = [:]

  var isEmpty: Bool { tables.allSatisfy(\.isEmpty) }

  /// The map that gives the second name of each pair for the first.
  init(_ pairs: [(written: String, original: String)]) {
    for pair in pairs {
      let (written, original) = (Self.parts(of: pair.written), Self.parts(of: pair.original))
      if written.suffix != original.suffix, suffixes[written.suffix] == nil {
        suffixes[written.suffix] = original.suffix
      }
      guard written.stem.utf8.count <= Self.prefixLimit else { continue }
      let (prefix, other) = Self.difference(written.stem, original.stem)
      if prefix != other, prefixes[prefix] == nil { prefixes[prefix] = other }
    }
    for pair in pairs {
      let (written, original) = (Self.parts(of: pair.written), Self.parts(of: pair.original))
      if renamed(written.stem) != original.stem { stems[written.stem] = original.stem }
    }
    for pair in pairs where name(of: pair.written) != pair.original {
      names[pair.written] = pair.original
    }
  }

  /// The name that the file had.
  func name(of written: String) -> String {
    if let name = names[written] { return name }
    let (stem, suffix) = Self.parts(of: written)
    return renamed(stem) + (suffixes[suffix] ?? suffix)
  }

  /// The longest stem, in bytes, that is told by how it begins; real ones have a tenth of it.
  private static let prefixLimit = 1024

  /// As a whole, or by the longest start that is known.
  private func renamed(_ stem: String) -> String {
    if let other = stems[stem] { return other }
    guard !prefixes.isEmpty, stem.utf8.count <= Self.prefixLimit else { return stem }
    if let other = prefixes[stem] { return other }
    for index in stem.indices.reversed() where Self.isSeparator(stem[index]) {
      if let other = prefixes[String(stem[..<index])] { return other + stem[index...] }
    }
    return stem
  }

  static func parts(of name: String) -> (stem: String, suffix: String) {
    let stem = AdapterFile.stem(ofTensor: name) ?? name
    return (stem, String(name.dropFirst(stem.count)))
  }

  private static func isSeparator(_ character: Character) -> Bool {
    character == "." || character == "_"
  }

  /// The starts of both that are left without the end they share, which begins with a separator.
  private static func difference(_ first: String, _ second: String) -> (String, String) {
    let shared = zip(first.reversed(), second.reversed()).prefix { $0 == $1 }.count
    let end = first.suffix(shared)
    let start = end.firstIndex(where: isSeparator) ?? end.endIndex
    let length = end[start...].count
    return (String(first.dropLast(length)), String(second.dropLast(length)))
  }
}

extension NameMap {
  private static let members = ["prefixes", "suffixes", "stems", "names"]

  private var tables: [[String: String]] { [prefixes, suffixes, stems, names] }

  var document: JSONValue {
    .object(
      pairs: zip(Self.members, tables).filter { !$0.1.isEmpty }.map { member, table in
        let sorted = table.sorted { TensorName($0.key) < TensorName($1.key) }
        return (member, .object(pairs: sorted.map { ($0.key, .string($0.value)) }))
      })
  }

  /// The map that `document` holds; what is not of its form is passed over.
  init(_ document: JSONValue) {
    let tables = Self.members.map { member in
      Dictionary(
        (document[member]?.members ?? []).compactMap { entry in
          entry.value.stringValue.map { (entry.key, $0) }
        }, uniquingKeysWith: { $1 })
    }
    (prefixes, suffixes, stems, names) = (tables[0], tables[1], tables[2], tables[3])
  }
}
