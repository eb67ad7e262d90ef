import ArgumentParser
import Fusion
import Glibc

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print one JSON document on standard output, and nothing else there.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say what was decided, and why.")
  var verbose = false

  @Option(help: "When to colour: auto, always or never. NO_COLOR is honoured.")
  var color = ColorMode.auto

  @Option(help: ArgumentHelp("Threads to use; results do not depend on it.", valueName: "n"))
  var threads = CommonOptions.processorCount

  private static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads) is not between 1 and 1024")
    }
  }

  var console: Console { Console(quiet: quiet, verbose: verbose, color: color) }
  var style: Style { Style(for: .standardOutput, color) }
}
