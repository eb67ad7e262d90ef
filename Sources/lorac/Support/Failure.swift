import ArgumentParser
import Formats
import Fusion
import Glibc
import Recipes
import TextEncoders

/// Turns an error into its lines, each with its hint, and the exit status of the process.
struct Failure {
  struct Line {
    let message: String
    let hint: String?
  }

  let lines: [Line]
  let status: Int32

  init(_ error: any Error) {
    switch error {
    case let error as FormatError:
      self.init(message: error.description, hint: error.remedy, status: Self.status(of: error.kind))
    case let error as FusionError:
      self.init(
        message: error.message, hint: error.hint,
        status: error.kind == .usage ? ExitStatus.usage : ExitStatus.data)
    case let error as TextEncoderError:
      self.init(
        message: error.description, hint: error.hint,
        status: error.kind.map(Self.status) ?? ExitStatus.usage)
    case let error as RecipeError:
      self.init(
        error.faults.map { Line(message: $0.description, hint: $0.hint) },
        status: Self.status(of: error.kind))
    case let error as DriftError:
      self.init(
        error.sentences.map { Line(message: "\(error.path): \($0)", hint: nil) },
        status: ExitStatus.data)
    default:
      self.init(
        message: "internal error: \(error)",
        hint: "this is a bug in lorac; please report it with the command",
        status: ExitStatus.bug)
    }
  }

  private init(message: String, hint: String?, status: Int32) {
    self.init([Line(message: message, hint: hint)], status: status)
  }

  /// The same with another exit status.
  func replacing(status: Int32) -> Failure { Failure(lines, status: status) }

  private init(_ lines: [Line], status: Int32) { (self.lines, self.status) = (lines, status) }

  private static func status(of kind: FormatError.Kind) -> Int32 {
    switch kind {
    case .unreadable: ExitStatus.noInput
    case .unacceptable, .unsupported: ExitStatus.data
    case .cannotCreate: ExitStatus.cannotCreate
    case .inputOutput: ExitStatus.inputOutput
    case .busy: ExitStatus.tryAgain
    }
  }

  /// Ends the process as `error` demands; help and version are no failures.
  static func exit(with error: any Error) -> Never {
    if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
    let isParserError =
      !(error is FormatError || error is FusionError || error is TextEncoderError
      || error is RecipeError || error is DriftError)
    if isParserError, Lorac.exitCode(for: error) == .success { Lorac.exit(withError: error) }
    if isParserError, Lorac.exitCode(for: error) == .validationFailure {
      let message = Lorac.message(for: error).split(separator: "\n").joined(separator: "; ")
      report(message, hint: "'lorac help' lists the commands, 'lorac help COMMAND' its options")
      Glibc.exit(ExitStatus.usage)
    }
    let failure = Failure(error)
    failure.report()
    Glibc.exit(failure.status)
  }

  /// The lines as one message, with the first hint.
  var document: JSONValue {
    .object([
      "message": .string(lines.map(\.message).joined(separator: "; ")),
      "hint": lines.lazy.compactMap(\.hint).first.map { .string($0) },
    ])
  }

  /// Prints the lines and their hints.
  func report() {
    for line in lines { Self.report(line.message, hint: line.hint) }
  }

  /// Prints the lines behind what they are about, unless they say it themselves.
  func report(of subject: String) {
    for line in lines { Self.report("\(subject): \(line.message)", hint: line.hint) }
  }

  private static func report(_ message: String, hint: String?) {
    let style = Style(for: .standardError, ColorMode.requested)
    StandardError.write("lorac: \(style.bold(style.red("error:"))) \(readable(message))\n")
    if let hint { StandardError.write("  hint: \(readable(hint))\n") }
  }
}

/// The exit statuses of sysexits.h that lorac uses.
enum ExitStatus {
  static let usage: Int32 = 64
  static let data: Int32 = 65
  static let noInput: Int32 = 66
  static let bug: Int32 = 70
  static let cannotCreate: Int32 = 73
  static let inputOutput: Int32 = 74
  static let tryAgain: Int32 = 75

  /// Whether the same may succeed later, without a change of the inputs.
  static func isTransient(_ status: Int32) -> Bool { status == inputOutput || status == tryAgain }
}
