import ArgumentParser
import Formats
import Glibc

/// When output is coloured.
enum ColorMode: String, ExpressibleByArgument, CaseIterable, Sendable {
  case auto, always, never

  /// What the command line asks for, found also when it cannot be parsed.
  static var requested: ColorMode {
    let arguments = CommandLine.arguments
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix("--color=") {
        return ColorMode(rawValue: String(argument.dropFirst(8))) ?? .auto
      }
      if argument == "--color", index + 1 < arguments.count {
        return ColorMode(rawValue: arguments[index + 1]) ?? .auto
      }
    }
    return .auto
  }
}

/// Colours text for a stream, or leaves it alone.
struct Style {
  enum Stream { case standardOutput, standardError }

  let isColored: Bool

  init(for stream: Stream, _ mode: ColorMode) {
    switch mode {
    case .always: isColored = true
    case .never: isColored = false
    case .auto:
      let isTerminal =
        stream == .standardOutput ? StandardOutput.isTerminal : StandardError.isTerminal
      let refuses = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
      let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
      isColored = isTerminal && !refuses && !isDumb
    }
  }

  private func wrap(_ text: String, _ code: Int) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  func bold(_ text: String) -> String { wrap(text, 1) }
  func dim(_ text: String) -> String { wrap(text, 2) }
  func red(_ text: String) -> String { wrap(text, 31) }
  func green(_ text: String) -> String { wrap(text, 32) }
  func yellow(_ text: String) -> String { wrap(text, 33) }

  /// `line` with bars and curves in a colour of their own.
  func bars(_ line: String) -> String {
    guard isColored else { return line }
    var (result, run) = ("", "")
    for character in line {
      let isBlock = character.unicodeScalars.first.map { ("\u{2580}"..."\u{259F}").contains($0) }
      if isBlock ?? false {
        run.append(character)
      } else {
        result += (run.isEmpty ? "" : wrap(run, 36)) + String(character)
        run = ""
      }
    }
    return result + (run.isEmpty ? "" : wrap(run, 36))
  }
}
