internal import Formats

/// A file of numbers by adapter and module: factors (`--block-weights`) or weights (`--gates`).
struct ModuleWeightFile: Sendable {
  /// The file, or what stands for it in a request without one.
  let path: String
  let sha256: String
  /// What holds for every adapter without an entry of its own that matches.
  private(set) var general = GlobTable()
  /// What holds for one adapter, by its index.
  private(set) var own: [Int: GlobTable] = [:]
  /// The patterns of the file, where each must match some module; those of presets are not here.
  private(set) var patterns: Set<String> = []

  private static let sizeLimit = 64 << 20

  /// Reads factors: those of the file at `path`, if there is one, and those that the request of each
  /// adapter in `library` has.
  ///
  /// The file is `{glob: factor}`, `{adapter: {glob: factor}}`, both mixed, or presets of web UIs for
  /// either.
  ///
  /// - Throws: `FormatError` for JSON that is not of this kind, names an adapter that is not in
  ///   `library`, holds a number that is not finite, or has a preset that does not fit the adapters.
  init(blockWeights path: String?, library: AdapterLibrary) throws(FormatError) {
    var hashed: [UInt8] = []
    if let path {
      hashed = try Folder.bytes(ofFile: path, limit: Self.sizeLimit)
      var reader = try ModuleWeightReader(hashed, path: path, library: library)
      try reader.readBlockWeights()
      (general, own, patterns) = (reader.general, reader.own, reader.patterns)
    }
    for (index, member) in library.members.enumerated() {
      guard let text = member.blockWeights else { continue }
      let place = "block weights of '\(printable(member.name))'"
      guard own[index] == nil else {
        throw FormatError(
          .unacceptable, file: path ?? place, place: place,
          "the adapter has factors of its own, and in this file")
      }
      var reader = try ModuleWeightReader(Array(text.utf8), path: place, library: library)
      own[index] = try reader.readTable(forAdapter: index)
      patterns.formUnion(reader.patterns)
      hashed += Array("\n\(member.name)\n\(text)".utf8)
    }
    (self.path, sha256) = (path ?? "block weights", ContentHash.sha256(of: hashed))
    try checkContent()
  }

  /// Reads weights, `{glob: {adapter: weight}}`.
  ///
  /// - Throws: as ``init(blockWeights:library:)``.
  init(gates path: String, library: AdapterLibrary) throws(FormatError) {
    let bytes = try Folder.bytes(ofFile: path, limit: Self.sizeLimit)
    (self.path, sha256) = (path, ContentHash.sha256(of: bytes))
    var reader = try ModuleWeightReader(bytes, path: path, library: library)
    try reader.readGates()
    (general, own, patterns) = (reader.general, reader.own, reader.patterns)
    try checkContent()
  }

  private func checkContent() throws(FormatError) {
    guard !general.entries.isEmpty || !own.isEmpty else {
      throw FormatError(.unacceptable, file: path, "holds no weights")
    }
  }

  /// The number for a module of the adapter at index `adapter`; nil where none is given.
  func value(_ names: ModuleNames, adapter: Int, matched: inout Set<String>) -> Double? {
    for table in [own[adapter], general].compactMap(\.self) {
      let matches = table.matches(names)
      for index in matches { matched.insert(table.entries[index].glob.text) }
      if let value = table.value(of: matches) {
        // What the general entries would have matched counts as matched too.
        if own[adapter] != nil {
          for index in general.matches(names) { matched.insert(general.entries[index].glob.text) }
        }
        return value
      }
    }
    return nil
  }
}

/// Reads the JSON of a ``ModuleWeightFile``.
private struct ModuleWeightReader {
  private let path: String
  private let library: AdapterLibrary
  private let bytes: [UInt8]
  private var scanner: JSONScanner
  private(set) var general = GlobTable()
  private(set) var own: [Int: GlobTable] = [:]
  private(set) var patterns: Set<String> = []

  init(_ bytes: [UInt8], path: String, library: AdapterLibrary) throws(FormatError) {
    (self.path, self.library, self.bytes) = (path, library, bytes)
    scanner = try JSONScanner(of: bytes, file: path)
  }

  mutating func readBlockWeights() throws(FormatError) {
    switch try scanner.peek() {
    case UInt8(ascii: "{"):
      try eachMember { reader, key throws(FormatError) in
        switch try reader.scanner.peek() {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""):
          let index = try reader.adapter(key)
          guard reader.own[index] == nil else {
            throw reader.scanner.fault("the adapter '\(printable(key))' is in the file twice")
          }
          reader.own[index] = try reader.table(forAdapter: index)
        default: try reader.readNumber(of: key, forAdapter: nil)
        }
      }
    case UInt8(ascii: "["), UInt8(ascii: "\""):
      try usePreset(try list())
    default:
      // A bare line of numbers, as web UIs keep their presets.
      try usePreset(try numbers(in: String(decoding: bytes, as: UTF8.self), at: 0))
      return
    }
    try scanner.finish()
  }

  /// The whole text as the table of one adapter.
  mutating func readTable(forAdapter index: Int) throws(FormatError) -> GlobTable {
    let table = try table(forAdapter: index)
    try scanner.finish()
    return table
  }

  mutating func readGates() throws(FormatError) {
    try eachMember { reader, pattern throws(FormatError) in
      guard try reader.scanner.peek() == UInt8(ascii: "{") else {
        throw reader.scanner.fault(
          "expected an object of adapters and weights for '\(printable(pattern))'")
      }
      try reader.eachMember { reader, name throws(FormatError) in
        let index = try reader.adapter(name)
        try reader.readNumber(of: pattern, forAdapter: index)
      }
    }
    try scanner.finish()
  }

  /// Calls `body` at the value of each member of the object that comes next.
  private mutating func eachMember(
    _ body: (inout Self, String) throws(FormatError) -> Void
  ) throws(FormatError) {
    try scanner.expect("{")
    if try scanner.accept("}") { return }
    repeat {
      let key = try scanner.string()
      try scanner.expect(":")
      try body(&self, key)
    } while try scanner.accept(",")
    try scanner.expect("}")
  }

  private func adapter(_ name: String) throws(FormatError) -> Int {
    do {
      return try library.index(of: name)
    } catch {
      let fault = scanner.fault(error.message)
      throw FormatError(
        fault.kind, file: path, place: fault.place, fault.problem, remedy: error.hint)
    }
  }

  private mutating func table(forAdapter index: Int) throws(FormatError) -> GlobTable {
    guard try scanner.peek() == UInt8(ascii: "{") else {
      let position = scanner.position
      return try presetTable(try list(), adapter: index, at: position)
    }
    // An adapter may have an empty object.
    own[index] = GlobTable()
    try eachMember { reader, pattern throws(FormatError) in
      try reader.readNumber(of: pattern, forAdapter: index)
    }
    return own[index] ?? GlobTable()
  }

  /// Reads the number of `pattern` for one adapter, or for all.
  private mutating func readNumber(
    of pattern: String, forAdapter index: Int?
  ) throws(FormatError) {
    _ = try scanner.peek()
    let position = scanner.position
    let value = try finite(try scanner.number(), at: position)
    let problem =
      if let index {
        Self.add(pattern, value, to: &own[index, default: GlobTable()])
      } else {
        Self.add(pattern, value, to: &general)
      }
    if let problem { throw scanner.fault(problem, at: position) }
    patterns.insert(pattern)
  }

  /// Returns what is wrong, if something is.
  private static func add(
    _ pattern: String, _ value: Double, to table: inout GlobTable
  ) -> String? {
    guard !pattern.isEmpty, pattern.unicodeScalars.count <= GlobTable.lengthLimit else {
      return "a pattern has 1 to \(GlobTable.lengthLimit) characters"
    }
    guard !table.isFull else {
      return "more than \(GlobTable.wildcardLimit) patterns with wildcards"
    }
    return table.add(pattern, value) ? nil : "'\(printable(pattern))' has two numbers"
  }

  private func finite(_ value: Double, at position: Int) throws(FormatError) -> Double {
    guard value.isFinite else { throw scanner.fault("is not a finite number", at: position) }
    return value
  }

  // MARK: Presets

  /// The factors of a preset: an array, or a string with commas.
  private mutating func list() throws(FormatError) -> [Double] {
    let start = scanner.position
    guard try scanner.accept("[") else {
      return try numbers(in: try scanner.string(), at: start)
    }
    if try scanner.accept("]") { return [] }
    var values: [Double] = []
    repeat {
      _ = try scanner.peek()
      let position = scanner.position
      values.append(try finite(try scanner.number(), at: position))
    } while try scanner.accept(",")
    try scanner.expect("]")
    return values
  }

  private func numbers(in text: String, at position: Int) throws(FormatError) -> [Double] {
    var values: [Double] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let digits = part.filter { !$0.isWhitespace }
      guard let value = Double(digits), value.isFinite else {
        throw scanner.fault(
          "'\(printable(String(part.prefix(40))))' is not a number of a preset", at: position)
      }
      values.append(value)
    }
    return values
  }

  /// Gives every adapter the preset.
  private mutating func usePreset(_ values: [Double]) throws(FormatError) {
    for index in library.members.indices {
      own[index] = try presetTable(values, adapter: index, at: 0)
    }
  }

  private func presetTable(
    _ values: [Double], adapter index: Int, at position: Int
  ) throws(FormatError) -> GlobTable {
    let member = library.members[index]
    let family = ModelFamily(
      modules: member.file.modules, names: member.file.family, metadata: member.file.metadata)
    let hasUNet = member.file.modules.contains { !$0.target.component.isTextEncoder }
    // Of a text encoder alone only the first factor matters, the same in every form.
    let kinds = family.name.flatMap(BlockPreset.init(family:)).map { [$0] }
    let name = printable(member.name)
    guard let kinds = kinds ?? (hasUNet ? nil : BlockPreset.allCases) else {
      throw misfit(
        "a preset of \(values.count) values is for Stable Diffusion, and '\(name)' is for "
          + "\(family.name.map(printable) ?? "an unknown model")", at: position,
        remedy: "give a JSON object of module patterns and factors")
    }
    guard let factors = kinds.lazy.compactMap({ $0.factors(values) }).first else {
      let counts = kinds.map(\.counts).joined(separator: " or ")
      throw misfit(
        "a preset of \(values.count) values does not fit '\(name)'"
          + (family.name.map { ", which is for \(printable($0))" } ?? ""), at: position,
        remedy: "presets for it have \(counts) values")
    }
    var table = GlobTable()
    for (block, factor) in factors { _ = table.add(block, factor) }
    return table
  }

  private func misfit(_ problem: String, at position: Int, remedy: String) -> FormatError {
    let fault = scanner.fault(problem, at: position)
    return FormatError(
      fault.kind, file: path, place: fault.place, fault.problem, remedy: remedy)
  }
}
