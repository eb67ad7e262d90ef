/// What a user wants of the metadata of a converted file.
package struct MetadataEdits: Sendable {
  package var set: [(key: String, value: String)]
  package var unset: [String]
  /// Whether everything is left out but what is set, and what the scale depends on.
  package var strips: Bool

  package init(
    set: [(key: String, value: String)] = [], unset: [String] = [], strips: Bool = false
  ) {
    (self.set, self.unset, self.strips) = (set, unset, strips)
  }

  /// Whether the user gives the value of `key`.
  func sets(_ key: String) -> Bool { self.set.contains { $0.key == key } }

  /// Whether the user says what becomes of `key`.
  func decide(_ key: String) -> Bool { strips || sets(key) || unset.contains(key) }

  /// The entry that holds the scale of files of diffusers.
  static let scaleKey = "lora_adapter_metadata"

  /// The metadata after the edits.
  ///
  /// - Throws: `FusionError` for an edit of the entry that the scale depends on, and for a key that
  ///   is not there to be removed.
  func applied(to metadata: [String: String]) throws(FusionError) -> [String: String] {
    if set.contains(where: { $0.key == Self.scaleKey }) || unset.contains(Self.scaleKey) {
      throw FusionError(
        .usage, "\(Self.scaleKey) holds the scale of the modules and follows from the tensors",
        hint: "--fold-alpha makes every scale 1, so that the entry is not needed")
    }
    var result = strips ? metadata.filter { $0.key == Self.scaleKey } : metadata
    for key in unset where result.removeValue(forKey: key) == nil {
      guard metadata[key] == nil else { continue }
      throw FusionError(.usage, "--unset \(key): the file has no such metadata")
    }
    for (key, value) in set { result[key] = value }
    return result
  }
}
