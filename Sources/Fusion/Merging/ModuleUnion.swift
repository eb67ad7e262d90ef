package import Formats

/// The modules of several adapters that change the same weights, brought together.
///
/// A *unit* is what one pair of tensors of the result is for: a canonical weight, or a stack of
/// some. Modules that cover it differently, because one adapter keeps queries, keys and values apart
/// and another does not, meet by rows.
package struct ModuleUnion: Sendable {
  /// A module of one adapter, and where its rows go in the unit.
  package struct Entry: Sendable {
    package let adapter: Int
    package let module: AdapterModule
    /// One move of all rows where module and unit are the same.
    package let moves: [RowMove]
    /// Whether every row of the unit is one of the module's, in the same order.
    package let isWhole: Bool
  }

  package struct Unit: Sendable {
    package let stack: ModuleStack
    /// The shape of the weight as the modules describe it, `[out, in…]`; nil where none tells.
    package let weightShape: [Int]?
    /// The rows of the weight; nil where no module tells.
    package let rowCount: Int?
    package let entries: [Entry]

    package var target: ModuleTarget { stack.target }
  }

  /// Sorted by target.
  package let units: [Unit]

  /// Brings together the modules of the `active` adapters of `members`.
  ///
  /// `stack` gives the unit that a canonical weight belongs to; it gets the weight's shape as far as
  /// that is known.
  ///
  /// - Throws: `FormatError` for modules of one weight that have different shapes.
  package init(
    of members: [AdapterLibrary.Member], active: [Int],
    unit stack: (ModuleTarget, [Int]?) -> ModuleStack = { target, _ in ModuleStack(target) }
  ) throws(FormatError) {
    var stacks: [ModuleTarget: (stack: ModuleStack, modules: [Candidate])] = [:]
    for index in active {
      for module in members[index].file.modules {
        var last: ModuleTarget?
        for piece in module.stack.pieces {
          let unit = stack(piece.target, module.stack.pieces.count > 1 ? nil : module.weightShape)
          // The pieces of one module come one after the other, so a repeated unit is the last one.
          if unit.target == last { continue }
          last = unit.target
          stacks[unit.target, default: (unit, [])].modules.append(
            Candidate(adapter: index, module: module))
        }
      }
    }
    units = try stacks.keys.sorted().map { target throws(FormatError) in
      guard let (stack, modules) = stacks[target] else { preconditionFailure("just collected") }
      return try UnitBuilder(members: members, stack: stack, modules: modules).unit()
    }
  }

  struct Candidate {
    let adapter: Int
    let module: AdapterModule
  }
}

/// Checks that the modules of a unit fit together, and finds where their rows go.
private struct UnitBuilder {
  let members: [AdapterLibrary.Member]
  let stack: ModuleStack
  let modules: [ModuleUnion.Candidate]

  func unit() throws(FormatError) -> ModuleUnion.Unit {
    var shape: [Int]?
    var rowCount: Int?
    var first: Int?
    var entries: [ModuleUnion.Entry] = []
    for (adapter, module) in modules.map({ ($0.adapter, $0.module) }) {
      let unitRows = try rows(of: module, adapter)
      if let unitRows {
        let known = module.weightShape.map { [unitRows] + $0.dropFirst() }
        if let rowCount, let first {
          let before = shape ?? [rowCount]
          guard rowCount == unitRows, agree(known, shape) else {
            throw misfit(module, adapter, known ?? [unitRows], with: before, of: first)
          }
        }
        rowCount = unitRows
        if let known, known.count > shape?.count ?? 0 { shape = known }
        first = first ?? adapter
      }
      entries.append(try entry(module, adapter, unitRows))
    }
    return ModuleUnion.Unit(
      stack: stack, weightShape: shape, rowCount: rowCount, entries: entries)
  }

  /// The rows that the unit must have for `module`; nil if its tensors do not tell.
  private func rows(of module: AdapterModule, _ adapter: Int) throws(FormatError) -> Int? {
    guard let out = module.outFeatures else { return nil }
    guard let count = module.stack.rowCount(out, in: stack) else {
      throw FormatError(
        .unacceptable, file: members[adapter].file.path, place: "module '\(module.target)'",
        "its \(out) rows cannot be divided between the \(module.stack.pieces.count) weights that it "
          + "stands for")
    }
    return count
  }

  private func entry(
    _ module: AdapterModule, _ adapter: Int, _ unitRows: Int?
  ) throws(FormatError) -> ModuleUnion.Entry {
    guard let out = module.outFeatures, let unitRows else {
      return ModuleUnion.Entry(
        adapter: adapter, module: module, moves: [], isWhole: module.stack.pieces == stack.pieces)
    }
    guard let moves = module.stack.moves(rowCount: out, to: stack, rowCount: unitRows) else {
      throw FormatError(
        .unacceptable, file: members[adapter].file.path, place: "module '\(module.target)'",
        "its \(out) rows do not fit a weight of \(unitRows)")
    }
    let isWhole = moves == [RowMove(source: 0..<unitRows, destination: 0)]
    return ModuleUnion.Entry(adapter: adapter, module: module, moves: moves, isWhole: isWhole)
  }

  /// A convolution of 1×1 and a linear layer are the same matrix, stored either way; LoHa and LoKr
  /// hold any convolution as a matrix.
  private func agree(_ a: [Int]?, _ b: [Int]?) -> Bool {
    guard let a, let b else { return true }
    let product = { (shape: [Int]) in shape.dropFirst().reduce(1, *) }
    if a.count == 2 || b.count == 2 { return product(a) == product(b) && a.count + b.count > 3 }
    return withoutTrailingOnes(a) == withoutTrailingOnes(b)
  }

  private func withoutTrailingOnes(_ shape: [Int]) -> [Int] {
    var shape = shape
    while shape.count > 2, shape.last == 1 { shape.removeLast() }
    return shape
  }

  private func misfit(
    _ module: AdapterModule, _ adapter: Int, _ shape: [Int], with expected: [Int], of other: Int
  ) -> FormatError {
    FormatError(
      .unacceptable, file: members[adapter].file.path, place: "module '\(stack.target)'",
      "is for a weight of shape \(shape), in \(printable(members[other].file.path)) for one of "
        + "\(expected)",
      remedy: "adapters can be merged only if they are for one base model")
  }
}
