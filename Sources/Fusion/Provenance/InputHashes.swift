internal import Formats

/// The SHA-256 of the adapters of a library, computed a piece at a time.
package struct InputHashes: Sendable {
  private let hashers: [FileHasher]
  /// The hasher that each step belongs to.
  private let steps: [Int]

  /// - Throws: `FormatError` when a file cannot be opened.
  package init(_ library: AdapterLibrary) throws {
    let hashers = try library.members.map { try FileHasher(path: $0.file.tensors.path) }
    self.hashers = hashers
    // In turns, so that steps taken at the same time are of different files.
    steps = (0..<(hashers.map(\.stepCount).max() ?? 0)).flatMap { round in
      hashers.indices.filter { round < hashers[$0].stepCount }
    }
  }

  package var stepCount: Int { steps.count }

  /// Hashes a piece of a file; safe from several threads at once.
  package func step(_ index: Int) throws { try hashers[steps[index]].step() }

  /// The hashes, in the order of the adapters, when every step was taken.
  package var digests: [String] { hashers.map(\.digest) }

  /// Texts of the same length as ``digests``.
  package var placeholders: [String] { hashers.map { _ in String(repeating: "0", count: 64) } }
}
