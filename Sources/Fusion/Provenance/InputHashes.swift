package import Formats
internal import Synchronization
internal import Workers

/// The SHA-256 of the adapters of a library, and of a base model's files, computed a piece at a time.
package final class InputHashes: Sendable {
  private let hashers: [FileHasher]
  /// Digests that were known before; they have no hasher.
  private let known: [String]
  /// The hasher that each step belongs to.
  private let steps: [Int]
  private let upcoming = Mutex(0)
  private let early = Mutex<BackgroundWork?>(nil)

  /// The bytes of all inputs together that stay mapped behind the hashing.
  private static let trailByteCount = 64 << 20

  package init(_ library: AdapterLibrary, base: Checkpoint? = nil) {
    let files = library.members.map(\.file.tensors) + (base?.files.map(\.tensors) ?? [])
    let trail = Self.trailByteCount / max(1, files.count)
    let hashers = files.map { FileHasher($0, trailByteCount: trail) }
    self.hashers = hashers
    known = []
    // In turns, so that steps taken at the same time are of different files.
    steps = (0..<(hashers.map(\.stepCount).max() ?? 0)).flatMap { round in
      hashers.indices.filter { round < hashers[$0].stepCount }
    }
  }

  /// The digests of the files of `library` and `base` as others found them out.
  ///
  /// - Precondition: `inputs` was told all of them.
  package init(_ library: AdapterLibrary, base: Checkpoint? = nil, knownTo inputs: SharedInputs) {
    let files = library.members.map(\.file.tensors) + (base?.files.map(\.tensors) ?? [])
    known = files.map { file in
      guard let sha256 = inputs.sha256(ofFile: file.path) else {
        preconditionFailure("\(file.path) was not hashed")
      }
      return sha256
    }
    (hashers, steps) = ([], [])
  }

  package var stepCount: Int { steps.count }

  /// Takes steps on a thread of its own, until ``finishEarly()``.
  package func startEarly() {
    early.withLock { early in
      early = BackgroundWork { [weak self] in self?.takeNext() ?? false }
    }
  }

  package func finishEarly() {
    early.withLock { $0.take() }?.stop()
  }

  /// Hashes the next piece, if there is one left; safe from several threads at once.
  ///
  /// - Returns: whether there was one.
  @discardableResult package func takeNext() -> Bool {
    let step: Int? = upcoming.withLock { upcoming in
      guard upcoming < steps.count else { return nil }
      defer { upcoming += 1 }
      return upcoming
    }
    guard let step else { return false }
    hashers[steps[step]].step()
    return true
  }

  /// Takes all steps that are left.
  package func finish(threads: Int) throws {
    finishEarly()
    try parallelForEach(count: threads, threads: threads) { _ in
      while takeNext() {}
    }
  }

  /// The hashes, in the order of the adapters and of the base's files, when every step was taken.
  package var digests: [String] { hashers.isEmpty ? known : hashers.map(\.digest) }

  /// Texts of the same length as ``digests``.
  package var placeholders: [String] { (known + hashers.map { _ in Self.placeholder }) }

  /// A text of the length of a digest.
  static let placeholder = String(repeating: "0", count: 64)
}
