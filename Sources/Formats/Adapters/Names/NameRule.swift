/// How one module of a model is called in its original checkpoint and in diffusers.
///
/// `#` stands for the number of a block. Both paths have it once, or neither.
struct NameRule: Sendable {
  /// Whether the two keep the halves of the rows in the same order.
  enum Halves: Sendable {
    case kept, swapped
    /// Swapped where there are two parts only, each as tall as the input is wide: the last block of
    /// SD 3 modulates its context with less than the others.
    case swappedIfTwoParts

    /// Whether they are swapped in a weight of `shape`.
    func areSwapped(in shape: [Int]?) -> Bool {
      switch self {
      case .kept: false
      case .swapped: true
      case .swappedIfTwoParts:
        shape.map { $0.count == 2 && $0[0].isMultiple(of: 2) && $0[0] / 2 == $0[1] } ?? false
      }
    }
  }

  let native: String
  /// The canonical paths, of which the native module is the stack, with their shares of its rows.
  let pieces: [(path: String, share: Int)]
  let halves: Halves
  /// Whether the native path is only read: some trainer's own word for a module that has another.
  let isAlias: Bool
  /// The number of blocks that the family's models have at most.
  let blockCount: Int
  /// How the rows of the weight compare to its columns, where that tells the family from others.
  let ratio: (rows: Int, columns: Int)?

  init(
    _ native: String, _ pieces: [(path: String, share: Int)], halves: Halves = .kept,
    isAlias: Bool = false, blockCount: Int = .max, ratio: (rows: Int, columns: Int)? = nil
  ) {
    (self.native, self.pieces) = (native, pieces)
    (self.halves, self.isAlias, self.blockCount) = (halves, isAlias, blockCount)
    self.ratio = ratio
  }

  /// A module that is whole in both; the same path where `canonical` is nil.
  static func same(
    _ native: String, _ canonical: String? = nil, ratio: (Int, Int)? = nil
  ) -> NameRule {
    NameRule(native, [(canonical ?? native, 1)], ratio: ratio)
  }

  /// A module whose halves the two have in different order.
  static func swapped(
    _ native: String, _ canonical: String, _ halves: Halves = .swapped
  ) -> NameRule {
    NameRule(native, [(canonical, 1)], halves: halves)
  }

  /// Another name for the modules of this rule.
  func alias(_ native: String) -> NameRule {
    NameRule(native, pieces, halves: halves, isAlias: true)
  }

  /// The rules of one kind of block, with the blocks' paths in front of those of the modules.
  ///
  /// `count` is how many blocks the family's models have at most, where that tells it from others.
  static func block(
    _ native: String, _ canonical: String, count: Int = .max, _ rules: [NameRule]
  ) -> [NameRule] {
    rules.map { rule in
      NameRule(
        "\(native).\(rule.native)",
        rule.pieces.map { ("\(canonical).\($0.path)", $0.share) },
        halves: rule.halves, isAlias: rule.isAlias, blockCount: count, ratio: rule.ratio)
    }
  }

  /// `path` with the number of a block in it.
  static func filling(_ path: String, with number: Int?) -> String {
    number.map { path.replacing("#", with: "\($0)") } ?? path
  }
}
