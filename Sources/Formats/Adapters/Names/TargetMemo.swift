internal import Synchronization

/// Remembers what names of modules stand for: thousands of adapters of one base have the same.
final class TargetMemo: Sendable {
  /// A dialect and what a name means in it.
  typealias Target = (dialect: AdapterDialect, target: ModuleTarget)

  /// The modules of some large models; of long names only a few files could have the same.
  private static let (countLimit, lengthLimit) = (1 << 14, 256)

  private let targets = Mutex<[String: Target]>([:])

  /// What `stem` stands for, found by `find` unless it is known; nil where that is nil.
  func target(ofStem stem: String, _ find: (String) -> Target?) -> Target? {
    guard stem.utf8.count <= Self.lengthLimit else { return find(stem) }
    if let known = targets.withLock({ $0[stem] }) { return known }
    let found = find(stem)
    if let found {
      targets.withLock { if $0.count < Self.countLimit { $0[stem] = found } }
    }
    return found
  }
}
