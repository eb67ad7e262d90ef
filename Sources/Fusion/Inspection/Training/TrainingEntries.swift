internal import Formats

/// The entries of `__metadata__` that tell of training.
///
/// All are text, and anyone may have written them, so nothing is taken for a number before it is seen to be one.
struct TrainingEntries {
  private let metadata: [String: String]

  init(_ metadata: [String: String]) { self.metadata = metadata }

  /// The value of the first of `names` that has one.
  func text(_ names: String...) -> String? { text(names) }

  func text(_ names: [String]) -> String? {
    names.lazy.compactMap { metadata[$0] }.first(where: Self.isMeaningful)
  }

  /// The value of `name` as a page shows it: a whole number without its `.0`.
  func number(_ name: String) -> String? { text(name).map(Self.tidied) }

  /// Like ``number(_:)``, and nil for what is off: 0 and `False`.
  func amount(_ name: String) -> String? { number(name).flatMap(Self.unlessOff) }

  /// A count of what a training can have; nil for other values.
  func count(_ name: String) -> Int? {
    text(name).flatMap(Self.value).flatMap(Int.init(exactly:)).flatMap(Self.plausible)
  }

  /// The JSON document under `name`; nil where it is none that can be read.
  func document(_ name: String) -> JSONValue? {
    guard let text = metadata[name], text.utf8.count <= Self.byteLimit else { return nil }
    return try? JSONValue(parsing: Array(text.utf8), file: name)
  }

  /// A tree takes many times the memory of its text; those of large training sets have a tenth of this.
  private static let byteLimit = 8 << 20
  /// No training has more of anything.
  static let countLimit = 1_000_000_000_000_000

  /// What Python and JSON write for nothing.
  private static let nothing = ["", "None", "null", "{}", "[]"]

  private static func isMeaningful(_ value: String) -> Bool {
    !nothing.contains(value) && value.contains { !$0.isWhitespace }
  }

  /// The number that `text` is.
  static func value(_ text: String) -> Double? {
    // No number is longer; of other texts the length is not known.
    guard text.utf8.count <= 64 else { return nil }
    return Double(text.filter { !$0.isWhitespace }).flatMap { $0.isFinite ? $0 : nil }
  }

  static func tidied(_ text: String) -> String {
    guard text.contains("."), let value = value(text), let whole = Int(exactly: value) else {
      return text
    }
    return String(whole)
  }

  static func unlessOff(_ text: String) -> String? {
    text == "False" || text == "false" || value(text) == 0 ? nil : text
  }

  static func plausible(_ count: Int) -> Int? { (0...countLimit).contains(count) ? count : nil }
}
