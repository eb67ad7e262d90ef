/// Which of a model's text towers gives the vectors.
package enum TowerChoice: String, CaseIterable, Sendable {
  /// CLIP-L, or the first one.
  case l
  /// OpenCLIP bigG.
  case g
  /// Both: their unit vectors side by side, scaled to length 1.
  case both
}

/// Which encoder a user asks for.
package struct EncoderRequest: Hashable, Sendable {
  /// `builtin`, the path of a file or folder, or `ORG/NAME[@REVISION]` in the Hugging Face cache.
  package var spec: String
  /// A folder with the tokenizer to use instead of the model's own.
  package var tokenizer: String?
  /// The tower to use where there are several; nil for the one with a trained projection.
  package var tower: TowerChoice?

  package init(
    spec: String = BuiltinEncoder.spec, tokenizer: String? = nil, tower: TowerChoice? = nil
  ) {
    (self.spec, self.tokenizer, self.tower) = (spec, tokenizer, tower)
  }
}

extension EncoderRequest {
  /// Whether `spec`, where nothing has that path, can be a model's name in the Hugging Face cache.
  package static func isModelName(_ spec: String) -> Bool { HubName(spec) != nil }
}
