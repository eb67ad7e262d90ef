internal import Formats

/// A JSON file of settings, whose faults are told with the file and the key.
struct ConfigFile: Sendable {
  let path: String
  private let value: JSONValue

  /// No setting is as large as this; products of three such numbers fit in an `Int`.
  private static let largest = 1 << 20
  private static let byteLimit = 64 << 20

  init(path: String) throws(TextEncoderError) {
    self.path = path
    do {
      value = try JSONValue(
        parsing: try Folder.bytes(ofFile: path, limit: Self.byteLimit), file: path)
    } catch {
      throw TextEncoderError(.file(error))
    }
  }

  private init(path: String, _ value: JSONValue) {
    (self.path, self.value) = (path, value)
  }

  /// The value of `key`; nil also where it is null.
  subscript(key: String) -> JSONValue? {
    value[key].flatMap { $0 == .null ? nil : $0 }
  }

  /// The elements where the whole file is a list.
  var elements: [ConfigFile]? {
    value.elements.map { $0.map { ConfigFile(path: path, $0) } }
  }

  /// The members of the object `key`, on top of which come those of the objects `others`.
  func nested(_ key: String, overriddenBy others: String...) -> ConfigFile? {
    guard let members = self[key]?.members else { return nil }
    let more = others.compactMap { self[$0]?.members }.joined()
    return ConfigFile(path: path, .object(members + more))
  }

  func string(_ key: String) throws(TextEncoderError) -> String? {
    guard let value = self[key] else { return nil }
    guard let text = value.stringValue else { throw wrong(key, value, expected: "a string") }
    return text
  }

  func bool(_ key: String) throws(TextEncoderError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let flag = value.boolValue else { throw wrong(key, value, expected: "true or false") }
    return flag
  }

  /// An extent or a number of things: a positive integer.
  func count(_ key: String, default standard: Int) throws(TextEncoderError) -> Int {
    guard let value = self[key] else { return standard }
    guard case .integer(let count) = value, 1...Self.largest ~= count else {
      throw wrong(key, value, expected: "an integer from 1 to \(Self.largest)")
    }
    return count
  }

  /// The id of a token; of several, the first.
  func token(_ key: String) throws(TextEncoderError) -> Int? {
    guard let value = self[key] else { return nil }
    guard case .integer(let id) = value.elements?.first ?? value, 0..<Self.largest ~= id else {
      throw wrong(key, value, expected: "a token's id")
    }
    return id
  }

  func number(_ key: String, default standard: Double) throws(TextEncoderError) -> Double {
    guard let value = self[key] else { return standard }
    guard let number = value.doubleValue, number.isFinite else {
      throw wrong(key, value, expected: "a number")
    }
    return number
  }

  private func wrong(_ key: String, _ value: JSONValue, expected: String) -> TextEncoderError {
    fault("'\(key)' is \(printable(excerpt(value.compact))), expected \(expected)")
  }

  func fault(_ problem: String, hint: String? = nil) -> TextEncoderError {
    TextEncoderError(.file(FormatError(.unacceptable, file: path, problem, remedy: hint)))
  }
}
