/// The texts that say what an adapter is for.
package struct AdapterKey: Sendable, Equatable {
  /// To be embedded; never empty.
  ///
  /// Of several, the key is the mean of the unit vectors.
  package let texts: [String]
  /// Where `texts` were found.
  package let source: KeySource
  /// Words that call the adapter when a prompt contains one literally.
  package let triggers: [String]
  /// What was wrong with files that were looked at on the way, a sentence each.
  package let notes: [String]

  package init(
    texts: [String], source: KeySource, triggers: [String] = [], notes: [String] = []
  ) {
    (self.texts, self.source) = (texts, source)
    (self.triggers, self.notes) = (triggers, notes)
  }
}
