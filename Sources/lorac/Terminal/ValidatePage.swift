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
    try StandardOutput.print(lines: lines)
  }

  private var findings: [String] {
    if let width { return pages(max(width, 60)) }
    let shown = files.flatMap { file in
      file.findings.filter { !isQuiet || $0.severity == .error }.map { (file.path, $0) }
    }
    var table = TextTable([.left, .left, .left])
    for (path, finding) in shown {
      let place = [path, finding.place].compactMap(\.self).joined(separator: ": ")
      table.add([
        finding.severity.rawValue, finding.code.rawValue,
        readable("\(place): \(finding.message) (\(finding.remedy))"),
      ])
    }
    return table.lines { index, line in color(line, shown[index].1.severity) }
  }

  /// The findings file by file, in lines that fit a terminal.
  private func pages(_ width: Int) -> [String] {
    files.flatMap { file -> [String] in
      let findings = file.findings.filter { !isQuiet || $0.severity == .error }
      guard !findings.isEmpty else { return [] }
      return [style.bold(printable(file.path))] + findings.flatMap { entry($0, width) } + [""]
    }
  }

  /// What, where and why, and how to go on.
  private func entry(_ finding: Finding, _ width: Int) -> [String] {
    func block(_ text: String, _ indent: Int) -> [String] {
      readable(text).wrapped(to: width - indent).map {
        String(repeating: " ", count: indent) + $0
      }
    }
    let word = finding.severity.rawValue
    let head = color("\(word)  \(finding.code.rawValue)", finding.severity)
    return ["  " + head] + (finding.place.map { block($0, 4) } ?? [])
      + block(finding.message, 4) + block("→ \(finding.remedy)", 4).map(style.dim)
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
