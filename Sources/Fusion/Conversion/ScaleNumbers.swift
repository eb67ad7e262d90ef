internal import Formats

/// The numbers of one element that stand beside the factors of the modules of a file (`alpha`, `scale`,
/// `scalar`), where they are not those that lorac would write.
struct ScaleNumbers {
  struct Number: Hashable {
    let suffix: String
    let dtype: DType
    let shape: [Int]
    let value: Double
  }

  /// Modules that have the same; those of the first group are all that no other names.
  private struct Group {
    var numbers: Set<Number>
    var stems: Set<String>
  }

  private var groups: [Group] = []
  /// The group of each stem that a group names.
  private var places: [String: Int] = [:]

  /// Nil where all modules have the numbers that lorac writes.
  ///
  /// - Parameters:
  ///   - found: those of the file, by the stems that lorac writes.
  ///   - written: those that lorac writes.
  init?(found: [String: Set<Number>], written: [String: Set<Number>]) {
    guard found != written else { return nil }
    groups = Dictionary(grouping: found.keys) { found[$0] ?? [] }
      .map { Group(numbers: $0.key, stems: Set($0.value)) }
      .sorted { a, b in
        (b.stems.count, a.stems.min() ?? "") < (a.stems.count, b.stems.min() ?? "")
      }
    guard !groups.isEmpty else { return nil }
    groups[0].stems = []
    findPlaces()
  }

  private mutating func findPlaces() {
    for (place, group) in groups.enumerated() {
      for stem in group.stems { places[stem] = place }
    }
  }

  /// The numbers of the module that is written as `stem`; nil where they do not give it `scale`.
  func numbers(of stem: String, rank: Int, scale: Double) -> [Number]? {
    let numbers = groups[places[stem] ?? 0].numbers
    // Beside the factors, scales have the precision of binary32.
    guard abs(Self.scale(numbers, rank: rank) - scale) <= 1e-6 * abs(scale) else { return nil }
    return numbers.sorted { $0.suffix < $1.suffix }
  }

  /// The scale that a reader takes from `numbers`: `scale`, or `alpha / rank`, or 1, times `scalar`.
  private static func scale(_ numbers: Set<Number>, rank: Int) -> Double {
    func value(_ suffix: String) -> Double? { numbers.first { $0.suffix == suffix }?.value }
    let quotient = value(".scale") ?? value(".alpha").map { $0 / Double(rank) } ?? 1
    return quotient * (value(".scalar") ?? 1)
  }
}

extension ScaleNumbers {
  static let suffixes = [".alpha", ".scale", ".scalar"]

  var document: JSONValue {
    .array(
      groups.map { group in
        .object([
          "numbers": .array(
            group.numbers.sorted { $0.suffix < $1.suffix }.map { number in
              .object([
                "suffix": .string(number.suffix), "dtype": .string(number.dtype.rawValue),
                "shape": .array(number.shape.map { .integer($0) }), "value": .number(number.value),
              ])
            }),
          "stems": group.stems.isEmpty ? nil : .array(group.stems.sorted().map { .string($0) }),
        ])
      })
  }

  /// The numbers that `document` holds; nil if it is not of its form, or holds what no tensor can.
  init?(_ document: JSONValue) {
    for element in document.elements ?? [] {
      var numbers: Set<Number> = []
      for member in element["numbers"]?.elements ?? [] {
        guard let number = Number(member), !numbers.contains(where: { $0.suffix == number.suffix })
        else { return nil }
        numbers.insert(number)
      }
      let stems = (element["stems"]?.elements ?? []).compactMap(\.stringValue)
      groups.append(Group(numbers: numbers, stems: Set(stems)))
    }
    guard !groups.isEmpty else { return nil }
    findPlaces()
  }
}

extension ScaleNumbers.Number {
  fileprivate init?(_ document: JSONValue) {
    guard let suffix = document["suffix"]?.stringValue, ScaleNumbers.suffixes.contains(suffix),
      let dtype = document["dtype"]?.stringValue.flatMap(DType.init(rawValue:)),
      let value = document["value"]?.doubleValue,
      let bytes = StoredScalar.bytes(of: value, dtype: dtype),
      bytes.withRawBytes({ StoredScalar.value(of: $0, dtype: dtype) }) == value
    else { return nil }
    let shape = document["shape"]?.elements?.compactMap(\.integerValue) ?? []
    guard shape.count <= 8, shape.allSatisfy({ $0 == 1 }) else { return nil }
    (self.suffix, self.dtype, self.shape, self.value) = (suffix, dtype, shape, value)
  }

  /// The number that `entry` of `file`, a module's at `stem`, holds; nil where it is no number.
  init?(_ entry: TensorEntry, of file: SafetensorsFile, stem: String) throws {
    let bytes = try file.withBytes(of: entry) { $0.copied() }
    guard let value = bytes.withRawBytes({ StoredScalar.value(of: $0, dtype: entry.dtype) }) else {
      return nil
    }
    (dtype, shape, self.value) = (entry.dtype, entry.shape, value)
    suffix = String(entry.name.string.dropFirst(stem.count))
  }
}
