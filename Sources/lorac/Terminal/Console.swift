import Formats
import Glibc
import Synchronization

/// The talk of a command: notes, warnings and progress, on standard error.
struct Console: Sendable {
  private let isQuiet: Bool
  private let isVerbose: Bool
  private let isColored: Bool

  init(quiet: Bool, verbose: Bool, color: ColorMode) {
    (isQuiet, isVerbose) = (quiet, verbose)
    isColored = Style(for: .standardError, color).isColored
  }

  private func style(_ text: String, _ code: Int) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  func warn(_ text: String) {
    guard !isQuiet else { return }
    StandardError.write("lorac: \(style("warning:", 33)) \(readable(text))\n")
  }

  func note(_ text: String) {
    guard !isQuiet else { return }
    StandardError.write("lorac: note: \(readable(text))\n")
  }

  /// Says what was decided and why, with `-v`.
  func explain(_ text: @autoclosure () -> String) {
    guard isVerbose, !isQuiet else { return }
    StandardError.write("lorac: \(readable(text()))\n")
  }

  /// A function that shows how much of `task` is done, where somebody looks.
  func progress(_ task: String) -> @Sendable (Int, Int) -> Void {
    guard StandardError.isTerminal, !isQuiet else { return { _, _ in } }
    let shown = ProgressLine(task)
    return { done, total in shown.update(done, of: total) }
  }
}

/// A line on the terminal that is written over as work goes on.
private final class ProgressLine: Sendable {
  private let task: String
  private let last = Mutex(-1)

  init(_ task: String) { self.task = task }

  func update(_ done: Int, of total: Int) {
    let percent = total > 0 ? done * 100 / total : 100
    last.withLock { last in
      guard percent > last else { return }
      last = percent
      let bar = String(repeating: "█", count: percent / 4)
      let rest = String(repeating: "░", count: 25 - percent / 4)
      let line = "\r\(task) \(bar)\(rest) \(percent)%"
      StandardError.write(percent == 100 ? "\r\u{1B}[K" : line)
    }
  }
}

/// How wide the terminal on standard output is.
enum TerminalSize {
  static var columns: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 {
      return Int(size.ws_col)
    }
    if let columns = getenv("COLUMNS").flatMap({ Int(String(cString: $0)) }), columns >= 40 {
      return columns
    }
    return 100
  }
}
