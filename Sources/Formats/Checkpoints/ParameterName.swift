/// The name of a stored tensor, divided into the module's path and what it is of the module.
struct ParameterName {
  let path: Substring
  let parameter: ModuleTarget.Parameter

  /// Nil for a tensor that no adapter changes, such as a table of positions.
  init?(_ name: Substring) {
    for (suffix, parameter) in Self.suffixes where name.hasSuffix(suffix) {
      (path, self.parameter) = (name.dropLast(suffix.count), parameter)
      return
    }
    // The original checkpoints of Flux call the weight of a norm its scale.
    guard name.hasSuffix("_norm.scale") else { return nil }
    (path, parameter) = (name.dropLast(".scale".count), .weight)
  }

  private static let suffixes: [(String, ModuleTarget.Parameter)] = [
    (".weight", .weight), (".bias", .bias),
  ]
}
