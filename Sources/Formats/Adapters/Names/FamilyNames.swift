/// The names of the modules of one family of models, in its original checkpoint and in diffusers.
package struct FamilyNames: Sendable {
  /// What kohya names of the family are made of.
  enum KohyaNames: Sendable {
    /// The paths of the original checkpoint, where queries, keys and values may be one module.
    case native
    /// Those of diffusers.
    case canonical
  }

  package let name: String
  package let component: ModelComponent
  let kohyaNames: KohyaNames
  /// Which text encoder a T5 is; nil where the family has none.
  let t5: ModelComponent?
  package var hasSeveralTextEncoders: Bool { t5 != nil }
  private let rules: [NameRule]
  private let entries: [String: [Entry]]

  /// A name that leads to a rule: its native one, or that of one of its pieces.
  private struct Entry {
    let key: FlatKey
    let rule: Int
    /// The piece that the name is of; nil for the native one.
    let piece: Int?
  }

  init(
    _ name: String, component: ModelComponent = .transformer, kohya: KohyaNames = .native,
    t5: ModelComponent? = nil, rules: [NameRule]
  ) {
    (self.name, self.component, kohyaNames) = (name, component, kohya)
    (self.t5, self.rules) = (t5, rules)
    var entries: [String: [Entry]] = [:]
    for (index, rule) in rules.enumerated() {
      let native = FlatKey(rule.native)
      entries[native.words, default: []].append(Entry(key: native, rule: index, piece: nil))
      for (piece, path) in rule.pieces.map(\.path).enumerated() where !rule.isAlias {
        let key = FlatKey(path)
        entries[key.words, default: []].append(Entry(key: key, rule: index, piece: piece))
      }
    }
    self.entries = entries
  }

  /// The rule that `path`, dotted or flattened, leads to.
  private func entry(_ path: String, isNative: Bool? = nil) -> (entry: Entry, number: Int?)? {
    let key = FlatKey(path)
    for entry in entries[key.words] ?? [] {
      if let isNative, isNative != (entry.piece == nil) { continue }
      if let match = entry.key.match(key) { return (entry, match.number) }
    }
    return nil
  }

  /// What `path` stands for, a name of the original checkpoint or of diffusers, dotted or flattened.
  ///
  /// `shape` is the weight's, where it is known.
  package func stack(of path: String, shape: [Int]?) -> ModuleStack? {
    guard let (entry, number) = entry(path) else { return nil }
    let rule = rules[entry.rule]
    guard let piece = entry.piece else { return stack(rule, number, shape) }
    let canonical = NameRule.filling(rule.pieces[piece].path, with: number)
    return ModuleStack(ModuleTarget(component: component, path: canonical))
  }

  private func stack(_ rule: NameRule, _ number: Int?, _ shape: [Int]?) -> ModuleStack {
    let swapsHalves = rule.halves.areSwapped(in: shape)
    let pieces = rule.pieces.map { path, share in
      let path = NameRule.filling(path, with: number)
      return ModuleStack.Piece(
        target: ModuleTarget(component: component, path: path), share: share)
    }
    guard pieces.count > 1 || swapsHalves else { return ModuleStack(pieces[0].target) }
    let native = NameRule.filling(rule.native, with: number)
    return ModuleStack(
      target: ModuleTarget(component: component, path: native), pieces: pieces,
      swapsHalves: swapsHalves)
  }

  /// The module of the original checkpoint that holds the weight of `target`, and its native path.
  ///
  /// `shape` is the weight's, where it is known.
  package func native(of target: ModuleTarget, shape: [Int]?) -> (stack: ModuleStack, path: String)?
  {
    guard target.component == component,
      let (entry, number) = entry(target.path, isNative: false)
    else { return nil }
    let rule = rules[entry.rule]
    return (stack(rule, number, shape), NameRule.filling(rule.native, with: number))
  }

  /// The path that the name of `target` is made of in kohya files.
  ///
  /// A target that is a stack has its native path already.
  func kohyaPath(of target: ModuleTarget) -> String {
    guard kohyaNames == .native else { return target.path }
    return native(of: target, shape: nil)?.path ?? target.path
  }

  /// How well a module of `path` and `shape` agrees with the family: 2 in name, number of the block and
  /// shape, 1 in name only.
  ///
  /// Where queries, keys and values are one, the queries are as wide as the input.
  func agreement(_ path: String, shape: [Int]?) -> Int {
    guard let (entry, number) = entry(path) else { return 0 }
    let rule = rules[entry.rule]
    if let number, number >= rule.blockCount { return 1 }
    let shares = rule.pieces.map(\.share)
    if let ratio = rule.ratio, let shape, shape.count == 2,
      shape[0].multipliedReportingOverflow(by: ratio.columns)
        != shape[1].multipliedReportingOverflow(by: ratio.rows)
    {
      return 1
    }
    guard entry.piece == nil, shares.count > 1, let shape, shape.count == 2 else { return 2 }
    let (rows, rest) = shape[0].quotientAndRemainder(dividingBy: shares.reduce(0, +))
    return rest == 0 && rows.multipliedReportingOverflow(by: shares[0]) == (shape[1], false) ? 2 : 1
  }
}
