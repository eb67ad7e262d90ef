extension CheckpointNames {
  /// The part of the model that a tensor is of, and its path in that part.
  package struct Part: Sendable, Hashable {
    /// As the folders of a diffusers pipeline are called, such as `unet` or `vae`; empty for a model
    /// that has no parts.
    package let name: String
    package let path: String

    package init(name: String, path: String) { (self.name, self.path) = (name, path) }
  }

  /// The part that the tensor `name` is of, also where no adapter changes it.
  package func part(of name: String) -> Part {
    if let target = place(of: name)?.stack.pieces[0].target, target.component != .model {
      return Part(name: target.component.rawValue, path: target.path)
    }
    for (prefix, part) in Self.otherParts where name.hasPrefix(prefix) {
      return Part(name: part, path: String(name.dropFirst(prefix.count)))
    }
    if let tower = towerPart(of: name) { return tower }
    guard name.hasPrefix(prefix) else { return Part(name: "other", path: name) }
    return Part(name: mainPart, path: String(name.dropFirst(prefix.count)))
  }

  /// Where single files keep what no adapter changes.
  private static let otherParts = [
    ("first_stage_model.", "vae"), ("vae.", "vae"), ("model_ema.", "ema"),
    ("control_model.", "controlnet"), ("safety_checker.", "safety_checker"),
  ]
}
