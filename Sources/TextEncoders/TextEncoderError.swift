package import Formats

/// Why a text could not be turned into a vector.
package struct TextEncoderError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// A file or folder of an encoder that is missing, or holds what cannot be used.
    case file(FormatError)
    /// An encoder that is in none of the places where it could be.
    case notFound(spec: String, tried: [String], hint: String)
    /// Options that do not go with each other, or with the model.
    case options(problem: String, hint: String)
    /// Weights that cannot be read, or compute nothing.
    case unusableWeights(problem: String)
    /// Weights that a tower needs and does not find, or finds in another form.
    case unusableTensor(name: String, problem: String)
  }

  package let reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  /// What `work` returns; its errors become this type's.
  static func converting<Result>(
    _ work: () throws -> Result
  ) throws(TextEncoderError) -> Result {
    do {
      return try work()
    } catch let error as TextEncoderError {
      throw error
    } catch let error as FormatError {
      throw TextEncoderError(.file(error))
    } catch {
      throw TextEncoderError(.unusableWeights(problem: "\(error)"))
    }
  }

  /// The class of the failure, which decides the exit status; nil where options are at fault.
  package var kind: FormatError.Kind? {
    switch reason {
    case .file(let error): error.kind
    case .notFound: .unreadable
    case .options: nil
    case .unusableWeights, .unusableTensor: .unacceptable
    }
  }

  /// How to go on, where there is a way.
  package var hint: String? {
    switch reason {
    case .file(let error): error.remedy
    case .notFound(_, _, let hint), .options(_, let hint): hint
    case .unusableWeights, .unusableTensor: nil
    }
  }
}

extension TextEncoderError: CustomStringConvertible {
  package var description: String {
    switch reason {
    case .file(let error):
      error.description
    case .notFound(let spec, let tried, _):
      "encoder '\(printable(spec))' not found; tried \(tried.joined(separator: ", "))"
    case .options(let problem, _):
      problem
    case .unusableWeights(let problem):
      "the encoder's weights cannot be used: \(problem)"
    case .unusableTensor(let name, let problem):
      "tensor '\(name)': \(problem)"
    }
  }
}
