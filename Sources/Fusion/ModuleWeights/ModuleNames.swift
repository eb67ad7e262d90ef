internal import Formats

/// The names under which patterns find a module, or one of the weights that it stands for.
struct ModuleNames {
  /// The names as scalars, in which wildcards are looked for.
  let scalars: [[Unicode.Scalar]]
  /// The names, and those of the blocks that they are in.
  let withBlocks: [String]

  /// The names of `piece` of a module: its own as `lorac inspect` prints it, that of the weight if
  /// it is another, and that of the block in web UIs.
  init(of module: AdapterModule, piece: ModuleTarget) {
    var names = [module.target.description]
    if piece != module.target { names.append(piece.description) }
    if let block = piece.webUIBlock {
      names.append(block)
      // Both are in use.
      if block == "MID" { names.append("M00") }
    }
    scalars = names.map { Array($0.unicodeScalars) }
    withBlocks = names.flatMap(Self.leadingParts)
  }

  /// `a`, `a.b` and `a.b.c` of `a.b.c`.
  static func leadingParts(of name: String) -> [String] {
    name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) } + [name]
  }
}
