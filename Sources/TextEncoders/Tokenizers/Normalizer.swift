/// Brings a text into the form in which it is cut into words.
struct Normalizer: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    /// Canonical composition.
    case composed
    /// Canonical decomposition.
    case decomposed
    /// Each scalar's own lower case, whatever is around it: no final sigma.
    case lowercase
    /// One space for every run of whitespace.
    case singleSpaces
    case bert(BertCleaning)
  }

  let steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  /// The steps of CLIP's tokenizer.
  static let clip = Normalizer([.composed, .singleSpaces, .lowercase])

  func apply(to text: String) -> String {
    steps.reduce(text) { text, step in
      switch step {
      case .composed: text.composed
      case .decomposed: text.decomposed
      case .lowercase: text.lowercasedByScalar
      case .singleSpaces: text.singleSpaced
      case .bert(let cleaning): cleaning.apply(to: text)
      }
    }
  }
}

extension String {
  var lowercasedByScalar: String {
    var result = UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar.isASCII {
        let isUpper = (65...90).contains(scalar.value)
        result.append(isUpper ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(result)
  }

  fileprivate var singleSpaced: String {
    var result = UnicodeScalarView()
    var isAfterSpace = false
    for scalar in unicodeScalars {
      let isSpace = scalar.properties.isWhitespace
      if !isSpace { result.append(scalar) } else if !isAfterSpace { result.append(" ") }
      isAfterSpace = isSpace
    }
    return String(result)
  }
}
