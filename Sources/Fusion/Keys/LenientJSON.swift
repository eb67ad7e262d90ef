internal import FoundationEssentials

/// JSON that other programs wrote, read as far as it makes sense.
enum LenientJSON {
  /// Any name of a member.
  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  typealias Object = KeyedDecodingContainer<Name>

  /// A value of JSON, also where numbers are `NaN`, which Python writes; `nil` when malformed.
  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) -> Value? {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return try? decoder.decode(type, from: data)
  }

  /// The text under `name`; `nil` when there is none or it is something else.
  static func text(_ name: String, in object: Object?) -> String? {
    try? object?.decode(String.self, forKey: Name(name))
  }

  /// The texts under `name`: a list, of which only texts are taken, or a single text.
  static func texts(_ name: String, in object: Object?) -> [String] {
    if let list = try? object?.decode([Text].self, forKey: Name(name)) {
      return list.compactMap(\.value)
    }
    return text(name, in: object).map { [$0] } ?? []
  }

  /// The object under `name`.
  static func object(_ name: String, in object: Object?) -> Object? {
    try? object?.nestedContainer(keyedBy: Name.self, forKey: Name(name))
  }

  /// A text, or nothing where another kind of value stands.
  private struct Text: Decodable {
    let value: String?

    init(from decoder: any Decoder) throws {
      value = try? decoder.singleValueContainer().decode(String.self)
    }
  }
}
