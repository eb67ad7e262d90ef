import Formats
import Fusion

/// What was found in files: a line for each finding, and a summary.
struct ValidatePage {
  private let files: [FileValidation]
  private let style: Style
  private let isQuiet: Bool
  private let isVerbose: Bool
  /// The columns of the terminal that people read this on; nil where programs do.
  private let width: Int?

  init(
    _ files: [FileValidation], style: Style, isQuiet: Bool, isVerbose: Bool, width: Int?
  ) {
    (self.files, self.style, self.width) = (files, style, width)
    (self.isQuiet, self.isVerbose) = (isQuiet, isVerbose)
  }

  func print() throws {
    var lines = findings + sound
    if !isQuiet { lines.append(summary) }
    if !lines.isEmpty { try StandardOutput.print(lines.joined(separator: "\n")) }
  }

  private var findings: [String] {
    let shown = files.flatMap { file in
      file.findings.filter { !isQuiet || $0.severity == .error }.map { (file.path, $0) }
    }
    if let width { return shown.flatMap { entry($0.0, $0.1, max(width, 60)) } }
    var table = TextTable([.left, .left, .left])
    for (path, finding) in shown {
      let place = [path, finding.place].compactMap(\.self).joined(separator: ": ")
      table.add([
        finding.severity.rawValue, finding.code.rawValue,
        "\(place): \(finding.message) (\(finding.remedy))",
      ])
    }
    return table.lines { index, line in color(line, shown[index].1.severity) }
  }

  /// A finding in lines that fit: what and where, the message, the remedy.
  private func entry(_ path: String, _ finding: Finding, _ width: Int) -> [String] {
    let indent = String(repeating: " ", count: 9)
    func block(_ text: String) -> [String] {
      printable(text).wrapped(to: width - indent.count)
    }
    let word = finding.severity.rawValue
    let start = word + String(repeating: " ", count: max(1, indent.count - word.count))
    let head = "\(start)\(finding.code.rawValue)  \(printable(path))"
    let message = [finding.place, finding.message].compactMap(\.self).joined(separator: ": ")
    return [color(head, finding.severity)] + block(message).map { indent + $0 }
      + block(finding.remedy).map { indent + style.dim($0) }
  }

  /// Colours the severity, which starts the line.
  private func color(_ line: String, _ severity: FindingCode.Severity) -> String {
    let word = severity.rawValue
    let colored = severity == .error ? style.red(word) : style.yellow(word)
    return style.bold(colored) + line.dropFirst(word.count)
  }

  /// A single file, and with `-v` every file, is told to be sound.
  private var sound: [String] {
    guard !isQuiet, isVerbose || files.count == 1 else { return [] }
    return files.filter { $0.verdict == .ok }.map { file in
      "\(style.green("ok"))       \(printable(file.path)): \(contents(of: file))"
    }
  }

  private func contents(of file: FileValidation) -> String {
    let modules = file.moduleCount.map { Quantity.count($0, "module") }
    let tensors = file.tensorCount.map { Quantity.count($0, "tensor") }
    return [file.kind.rawValue, modules, tensors].compactMap(\.self).joined(separator: ", ")
  }

  private var summary: String {
    let findings = files.flatMap(\.findings)
    let errors = findings.count { $0.severity == .error }
    let parts = [
      (FileValidation.Verdict.ok, "ok"), (.warnings, "with warnings"), (.errors, "with errors"),
    ].compactMap { verdict, words in
      let count = files.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(words)"
    }
    let counts =
      findings.isEmpty
      ? ""
      : " (\(Quantity.count(errors, "error")), "
        + "\(Quantity.count(findings.count - errors, "warning")))"
    return style.bold("\(Quantity.count(files.count, "file")):")
      + " \(parts.joined(separator: ", "))\(counts)"
  }
}
