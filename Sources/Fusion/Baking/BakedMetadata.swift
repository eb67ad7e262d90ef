internal import Formats

/// The `__metadata__` of a baked model: that of the base, and what was done.
package struct BakedMetadata: Sendable {
  private let record: [String: String]

  /// Hashes of the base's content, which is no longer the same.
  private static let stale = [
    "modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash",
  ]

  /// - Parameters:
  ///   - plan: what is written.
  ///   - weighed: the weights and what led to them.
  ///   - hashes: the SHA-256 of each adapter's tensors, then of each file of the base.
  package init(_ plan: BakePlan, _ weighed: WeighedLibrary, hashes: [String]) {
    var record = FusionRecord(plan.members, weighed, hashes: hashes).entries
    let files = plan.checkpoint.files
    record["lorac.base"] =
      JSONValue.array(
        zip(files, hashes.dropFirst(plan.members.count)).map { file, hash in
          .object(["file": .string(file.name), "sha256": .string(hash)])
        }
      ).compact
    self.record = record
  }

  /// The metadata of the file that is made of `file`.
  func entries(of file: SafetensorsFile) -> [String: String] {
    file.header.metadata.filter { !Self.stale.contains($0.key) && !$0.key.hasPrefix("lorac.") }
      .merging(record) { $1 }
  }
}
