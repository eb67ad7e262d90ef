/// A token that is found in the text as it stands, before the text is cut into words.
struct AddedToken: Sendable {
  struct Traits: OptionSet, Sendable {
    let rawValue: UInt8
    /// Looked for in the normalised text, in its own normalised form.
    static let normalized = Traits(rawValue: 1)
    /// Not a token where a word character stands next to it.
    static let singleWord = Traits(rawValue: 2)
    /// Takes the whitespace before it away.
    static let stripsLeft = Traits(rawValue: 4)
    /// Takes the whitespace after it away.
    static let stripsRight = Traits(rawValue: 8)
  }

  var content: String
  let id: Int
  var traits: Traits = []
}
