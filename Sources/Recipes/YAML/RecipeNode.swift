/// A value of a YAML document, with its place.
struct RecipeNode: Sendable {
  enum Content: Sendable {
    /// What stands without quotes, which may be a text, a number, a truth value or nothing.
    case plain(String)
    /// What can only be a text.
    case text(String)
    case list([RecipeNode])
    case mapping([Member])
    /// What could not be read, and was reported.
    case broken
  }

  /// A key of a mapping and its value.
  struct Member: Sendable {
    let key: Placed<String>
    /// Whether the key stands without quotes.
    let isPlain: Bool
    let value: RecipeNode
  }

  let place: RecipePlace
  let content: Content
  /// How many levels of values are below.
  let height: Int

  init(place: RecipePlace, content: Content) {
    (self.place, self.content) = (place, content)
    height =
      switch content {
      case .plain, .text, .broken: 0
      case .list(let elements): 1 + (elements.map(\.height).max() ?? 0)
      case .mapping(let members): 1 + (members.map(\.value.height).max() ?? 0)
      }
  }

  /// Whether nothing stands where a value should.
  var isEmpty: Bool {
    if case .plain("") = content { true } else { false }
  }

  /// How many members a mapping has, whether they mean something or not.
  var memberCount: Int {
    if case .mapping(let members) = content { members.count } else { 0 }
  }

  /// What it is, with its article.
  var kind: String {
    switch content {
    case .plain(let text): PlainScalar(text).kind
    case .text: "a text"
    case .list: "a list"
    case .mapping: "a mapping"
    case .broken: "nothing readable"
    }
  }
}

/// A value and where it stands.
struct Placed<Value> {
  let value: Value
  let place: RecipePlace

  init(_ value: Value, _ place: RecipePlace) { (self.value, self.place) = (value, place) }
}

extension Placed: Sendable where Value: Sendable {}
