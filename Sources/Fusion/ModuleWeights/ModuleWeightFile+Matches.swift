internal import Formats

extension ModuleWeightFile {
  private static let suggestionCount = 3

  /// Checks that every pattern of the file is among those that `matched` some module.
  ///
  /// - Throws: `FormatError` with the first that is not, and the names nearest to it.
  func checkMatches(_ matched: Set<String>, _ library: AdapterLibrary) throws(FormatError) {
    guard let text = patterns.subtracting(matched).min() else { return }
    let modules = library.members.flatMap(\.file.modules)
    var names: Set<String> = []
    for module in modules {
      for piece in module.stack.pieces {
        names.formUnion(ModuleNames(of: module, piece: piece.target).withBlocks)
      }
    }
    let glob = NameGlob(text)
    // The distance of each once, as comparing asks for it often.
    let nearest = names.map { (glob.distance(to: $0), $0) }.sorted { $0 < $1 }
      .prefix(Self.suggestionCount).map { "'\($0.1)'" }.joined(separator: ", ")
    throw FormatError(
      .unacceptable, file: path, place: "pattern '\(printable(text))'",
      "matches no module of any adapter", remedy: "the nearest names are \(nearest)")
  }
}
