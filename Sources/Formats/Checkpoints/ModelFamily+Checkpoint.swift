extension ModelFamily {
  /// The family of a base model, by the same rules as that of an adapter.
  package init(of tensors: [CheckpointTensor], names: FamilyNames?) {
    let weights = tensors.lazy.flatMap { tensor in
      tensor.stack.pieces.map { (target: $0.target, width: tensor.entry.shape.last) }
    }
    let cross = weights.first {
      $0.target.component == .unet && $0.target.path.hasSuffix("attn2.to_k")
        && $0.target.parameter == .weight
    }
    if let cross, let width = cross.width {
      self.init(textWidth: width, of: cross.target)
    } else if let names {
      self.init(name: names.name, evidence: "its tensors have the names of it")
    } else {
      self.init(name: nil, evidence: "the names of its tensors do not tell")
    }
  }
}
