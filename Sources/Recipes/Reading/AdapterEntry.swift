/// An adapter as a recipe has it; what is nil another recipe, or the file itself, tells.
struct AdapterEntry: Sendable {
  /// Where its mapping starts.
  let place: RecipePlace
  var name: Placed<String>
  /// Of one file or PEFT folder, from the working folder.
  var file: Placed<String>?
  var keys: [String]?
  var strength: Double?
  /// JSON, as a file of block weights has it for one adapter.
  var blockWeights: String?

  /// What is given here, and else what `base` has.
  func overriding(_ base: AdapterEntry) -> AdapterEntry {
    var entry = self
    entry.file = file ?? base.file
    entry.keys = keys ?? base.keys
    entry.strength = strength ?? base.strength
    entry.blockWeights = blockWeights ?? base.blockWeights
    return entry
  }
}
