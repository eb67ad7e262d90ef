import Fusion

/// A build for Snakemake, with a rule for each target.
struct Snakefile {
  let text: String

  /// - Throws: `FusionError` for names that Snakemake cannot carry.
  init(_ emission: Emission) throws(FusionError) {
    var rules = [
      """
      # Written by 'lorac build --emit snakemake'. Run 'snakemake --cores N' in this folder.

      rule all:
          input:
      \(try Self.list(emission.targets.flatMap(\.outputs)))

      """
    ]
    for target in emission.targets { rules.append(try Self.rule(of: target, emission)) }
    text = rules.joined(separator: "\n")
  }

  private static func rule(
    of target: Emission.Target, _ emission: Emission
  ) throws(FusionError) -> String {
    try Emission.check(target.name, "a Snakefile")
    let recipe = ShellWord.line([ShellWord.operand(emission.recipe)])
    let name = ShellWord.line([target.name])
    let command =
      "lorac build \(braced(recipe)) --no-state --quiet --threads {threads} -- \(braced(name))"
    return """
      # \(target.name)
      rule:
          input:
      \(try list(target.inputs))
          output:
      \(try list(target.outputs))
          params:
              digest=\(literal(target.digest)),
          threads: \(target.isLarge ? 4 : 1)
          resources:
              mem_mb=\(MemoryRequest.mebibytes(target.peakByteCount)),
          shell:
              \(literal(command))

      """
  }

  /// Paths, one a line, without braces, in which a word would be a wildcard.
  private static func list(_ paths: [String]) throws(FusionError) -> String {
    var lines: [String] = []
    for path in paths {
      try Emission.check(path, "a Snakefile") { !"{}".unicodeScalars.contains($0) }
      lines.append("        \(literal(path)),")
    }
    return lines.joined(separator: "\n")
  }

  /// As Snakemake's formatting of commands takes a text for itself.
  private static func braced(_ text: String) -> String {
    text.replacing("{", with: "{{").replacing("}", with: "}}")
  }

  /// A literal of Python.
  private static func literal(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
