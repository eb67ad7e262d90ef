import ArgumentParser
import Formats
import Fusion
import Reports

/// The page that says what was done.
struct ReportFlags: ParsableArguments {
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      """
      Write a page about the result: heat map of prompts and adapters, weights, norms by block, \
      kept energy by rank, provenance. One file, without scripts; in a dry run it shows the plan.
      """, valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var path: String?

  func validate() throws {
    guard path != "", path != "-" else {
      throw ValidationError("--report needs the name of a file, such as report.html")
    }
  }

  /// Checks that the page can be written, and over none of the other files of the command.
  ///
  /// - Parameters:
  ///   - inputs: files that are read.
  ///   - outputs: files that are written, by the option that names them.
  /// - Throws: `FormatError` of the page's file, `FusionError` for a file that has two uses.
  func check(
    inputs: [String], outputs: KeyValuePairs<String, String?> = [:]
  ) throws {
    guard let path else { return }
    try OutputFile.check(path, replaces: true, mayLackFolder: false)
    let place = SideFile.place(of: path)
    for (option, other) in outputs where other.map(SideFile.place) == place {
      throw FusionError(.usage, "--report and \(option) name the same file, '\(printable(path))'")
    }
    if inputs.contains(where: { SideFile.place(of: $0) == place }) {
      throw FusionError(
        .usage, "--report would replace an input, '\(printable(path))'",
        hint: "name another file, such as report.html")
    }
  }

  /// Writes the page about `target`, if there is to be one.
  func write(_ target: @autoclosure () throws -> ReportTarget) throws {
    try writeAll([target()])
  }

  /// Writes the page about `targets`, if there is to be one.
  func writeAll(_ targets: @autoclosure () throws -> [ReportTarget]) throws {
    guard let path else { return }
    try OutputFile.write(ReportPage(targets()).html, to: path, replaces: true)
  }
}
