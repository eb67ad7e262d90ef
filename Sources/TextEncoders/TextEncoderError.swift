package import Formats

/// Why a text could not be turned into a vector.
package struct TextEncoderError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The name of an encoder that this version does not know.
    case unknownEncoder(spec: String)
    /// A file of an encoder that is missing, or holds what cannot be used.
    case file(FormatError)
    /// Weights that cannot be read at all.
    case unusableWeights(problem: String)
    /// Weights that a tower needs and does not find, or finds in another form.
    case unusableTensor(name: String, problem: String)
  }

  package let reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  /// The fault of a file, whose kind tells what is missing from what is not acceptable.
  package var fileError: FormatError? {
    if case .file(let error) = reason { error } else { nil }
  }

  /// How to go on, where there is a way.
  package var hint: String? {
    switch reason {
    case .unknownEncoder: "use '--encoder builtin'"
    case .file(let error): error.remedy
    case .unusableWeights, .unusableTensor: nil
    }
  }
}

extension TextEncoderError: CustomStringConvertible {
  package var description: String {
    switch reason {
    case .unknownEncoder(let spec):
      "encoder '\(spec)': only 'builtin' is supported in this version"
    case .file(let error):
      error.description
    case .unusableWeights(let problem):
      "the encoder's weights cannot be read: \(problem)"
    case .unusableTensor(let name, let problem):
      "tensor '\(name)': \(problem)"
    }
  }
}
