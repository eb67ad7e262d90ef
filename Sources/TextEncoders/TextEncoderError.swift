/// Why a text could not be turned into a vector.
package struct TextEncoderError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The name of an encoder that this version does not know.
    case unknownEncoder(spec: String)
    /// A vocabulary without a token that every sequence needs.
    case vocabularyLacks(token: String)
    /// Weights that cannot be read at all.
    case unusableWeights(problem: String)
    /// Weights that a tower needs and does not find, or finds in another form.
    case unusableTensor(name: String, problem: String)
  }

  package let reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  /// How to go on, where there is a way.
  package var hint: String? {
    switch reason {
    case .unknownEncoder: "use '--encoder builtin'"
    case .vocabularyLacks, .unusableWeights, .unusableTensor: nil
    }
  }
}

extension TextEncoderError: CustomStringConvertible {
  package var description: String {
    switch reason {
    case .unknownEncoder(let spec):
      "encoder '\(spec)': only 'builtin' is supported in this version"
    case .vocabularyLacks(let token):
      "the vocabulary has no token '\(token)'"
    case .unusableWeights(let problem):
      "the encoder's weights cannot be read: \(problem)"
    case .unusableTensor(let name, let problem):
      "tensor '\(name)': \(problem)"
    }
  }
}
