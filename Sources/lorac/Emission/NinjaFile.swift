import Fusion

/// A build for Ninja, with an edge for each target.
struct NinjaFile {
  let text: String

  /// - Throws: `FusionError` for names that Ninja cannot carry.
  init(_ emission: Emission) throws(FusionError) {
    var blocks = [Self.head(emission)]
    if emission.place.name != nil { blocks.append(try Self.renewal(emission)) }
    for target in emission.targets { blocks.append(try Self.edge(of: target)) }
    blocks.append("default\(try Self.paths(emission.targets.flatMap(\.outputs)))\n")
    text = blocks.joined(separator: "\n")
  }

  private static func head(_ emission: Emission) -> String {
    """
    # Written by 'lorac build --emit ninja'. Run 'ninja' in this folder.
    ninja_required_version = 1.7
    # 'pipe' is for names: there is no other way to write this letter in one.
    pipe = |
    lorac = lorac
    recipe = \(variable(ShellWord.line([ShellWord.operand(emission.recipe)])))

    # Targets that take much memory are built one at a time, by all processors.
    pool large
      depth = 1

    rule adapter
      command = $lorac build $recipe --no-state --quiet --threads 1 $depflag -- $target # $digest
      description = lorac $target
      restat = 1

    rule large
      command = $lorac build $recipe --no-state --quiet $depflag -- $target # $digest
      description = lorac $target
      restat = 1
      pool = large

    """
  }

  /// How the file writes itself anew when the recipe, or what it means, changed.
  private static func renewal(_ emission: Emission) throws(FusionError) -> String {
    let name = emission.place.name ?? ""
    try Emission.check(name, "Ninja")
    for target in emission.names { try Emission.check(target, "Ninja") }
    let output = ShellWord.operand(name)
    let names = emission.names.isEmpty ? "" : " -- \(ShellWord.line(emission.names))"
    return """
      rule renew
        command = $lorac build $recipe --quiet --emit ninja -o \(variable(ShellWord.line([output]) + names))
        description = lorac --emit ninja
        generator = 1
        restat = 1

      build\(try paths([name])): renew |\(try paths(emission.recipeFiles + emission.adapterFolders))

      """
  }

  private static func edge(of target: Emission.Target) throws(FusionError) -> String {
    try Emission.check(target.name, "Ninja")
    return """
      build\(try paths(target.outputs)): \(target.isLarge ? "large" : "adapter")\(try paths(target.inputs))
        target = \(variable(ShellWord.line([target.name])))
        digest = \(target.digest)
      \(dependencies(of: target))
      """
  }

  /// How Ninja learns what else was read; not where it could not read the names, which the edge has.
  private static func dependencies(of target: Emission.Target) -> String {
    guard target.inputs.allSatisfy(Depfile.canName) else { return "" }
    let path = "\(target.output).d"
    return """
        depflag = --depfile \(variable(ShellWord.line([ShellWord.operand(path)])))
        depfile = \(variable(path))
        deps = gcc

      """
  }

  /// Paths behind `build` or a colon.
  private static func paths(_ paths: [String]) throws(FusionError) -> String {
    var result = ""
    for path in paths {
      try Emission.check(path, "Ninja")
      result += " "
      for character in path.unicodeScalars {
        switch character {
        case "$", " ", ":": result += "$\(character)"
        case "|": result += "${pipe}"
        default: result.unicodeScalars.append(character)
        }
      }
    }
    return result
  }

  /// The value of a variable.
  private static func variable(_ text: String) -> String {
    let escaped = text.replacing("$", with: "$$")
    return escaped.hasPrefix(" ") ? "$\(escaped)" : escaped
  }
}
