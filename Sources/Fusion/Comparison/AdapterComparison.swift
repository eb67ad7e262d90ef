internal import Formats
internal import LinearAlgebra
internal import Synchronization
internal import Workers

/// Compares two adapters module by module, in what they add to the weights.
///
/// Modules of the same weights are compared as they are. Where one adapter keeps weights together
/// and the other apart, the rows of each canonical weight are compared.
struct AdapterComparison: Sendable {
  private let members: [AdapterLibrary.Member]
  private let deltas: DeltaReader

  init(_ first: AdapterFile, _ second: AdapterFile) {
    members = [first, second].map { AdapterLibrary.Member(name: $0.path, file: $0) }
    deltas = DeltaReader(members)
  }

  /// A module, or the rows of one of the weights that it is for.
  private struct Side: Sendable {
    let module: AdapterModule
    /// The weight; nil for the whole module.
    let piece: ModuleTarget?
  }

  private struct Pair: Sendable {
    let target: ModuleTarget
    var (first, second): (Side?, Side?)
  }

  private enum Outcome: Sendable {
    case row(Comparison.Row)
    case misfit(Comparison.Misfit)
    case only(adapter: Int, name: String)
    case withoutEffect(name: String)
  }

  func comparison(
    threads: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Comparison {
    let pairs = pairs()
    let done = Mutex(0)
    let outcomes = try parallelMap(count: pairs.count, threads: threads) { index in
      let outcome = try outcome(of: pairs[index])
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, pairs.count)
      return outcome
    }
    var only: [[String]] = [[], []]
    var (rows, misfits, void): ([Comparison.Row], [Comparison.Misfit], [String]) = ([], [], [])
    for outcome in outcomes {
      switch outcome {
      case .row(let row): rows.append(row)
      case .misfit(let misfit): misfits.append(misfit)
      case .only(let adapter, let name): only[adapter].append(name)
      case .withoutEffect(let name): void.append(name)
      }
    }
    return Comparison(
      rows: rows, onlyInFirst: only[0], onlyInSecond: only[1], misfits: misfits,
      withoutEffect: void)
  }

  /// What is compared with what, sorted by target.
  private func pairs() -> [Pair] {
    let modules = members.map(\.file.modules)
    let stacks = modules.map { Set($0.map(\.stack)) }
    let pieces = modules.map { modules in
      Set(modules.flatMap { $0.stack.pieces.map(\.target) })
    }
    var pairs: [ModuleTarget: Pair] = [:]
    for (adapter, modules) in modules.enumerated() {
      for module in modules {
        // As a whole where the other has the same, or nothing of it.
        let other = 1 - adapter
        let isWhole =
          stacks[other].contains(module.stack)
          || module.stack.pieces.allSatisfy { !pieces[other].contains($0.target) }
        let sides =
          isWhole
          ? [(module.target, Side(module: module, piece: nil))]
          : module.stack.pieces.map { ($0.target, Side(module: module, piece: $0.target)) }
        for (target, side) in sides {
          var pair = pairs[target] ?? Pair(target: target, first: nil, second: nil)
          if adapter == 0 { pair.first = side } else { pair.second = side }
          pairs[target] = pair
        }
      }
    }
    return pairs.values.sorted { $0.target < $1.target }
  }

  private func outcome(of pair: Pair) throws -> Outcome {
    let name = pair.target.description
    guard let first = pair.first, let second = pair.second else {
      let (adapter, side) = pair.first.map { (0, $0) } ?? (1, pair.second)
      guard let side else { preconditionFailure("a pair has a side") }
      return try changesNothing(side, adapter)
        ? .withoutEffect(name: name) : .only(adapter: adapter, name: name)
    }
    if first.module.algorithm.needsBase || second.module.algorithm.needsBase {
      let distances = try parameters(first, second)
      return .row(Comparison.Row(name: name, measure: .parameters, distances: distances))
    }
    let (a, b) = (try delta(of: first, 0), try delta(of: second, 1))
    guard a.shape == b.shape else {
      return .misfit(Comparison.Misfit(name: name, first: a.shape, second: b.shape))
    }
    let distances = distance(a, b)
    guard distances.isFinite else {
      throw FormatError(
        .unacceptable, file: members[0].file.path, place: "module '\(pair.target)'",
        "its scale is too large for the distance from that of "
          + "\(printable(members[1].file.path)) to be a number, or that one's is")
    }
    return .row(Comparison.Row(name: name, measure: .delta, distances: distances))
  }

  /// A module that only one adapter has is a difference unless its delta is zero.
  private func changesNothing(_ side: Side, _ adapter: Int) throws -> Bool {
    guard !side.module.isOptional else { return true }
    guard !side.module.algorithm.needsBase else { return false }
    return try delta(of: side, adapter).isZero
  }

  private func distance(_ a: KnownDelta, _ b: KnownDelta) -> FrobeniusComparison {
    if case .factors(let a) = a, case .factors(let b) = b { return FrobeniusComparison(a, b) }
    return FrobeniusComparison(a.matrix, b.matrix)
  }

  /// The delta of a side whose algorithm needs no base.
  private func delta(of side: Side, _ adapter: Int) throws -> KnownDelta {
    let delta = KnownDelta(try deltas.delta(of: side.module, adapter: adapter))
    guard let piece = side.piece else { return delta }
    let out = delta.shape[0]
    let stack = ModuleStack(piece)
    guard let rows = side.module.stack.rowCount(out, in: stack),
      let moves = side.module.stack.moves(rowCount: out, to: stack, rowCount: rows)
    else {
      throw FormatError(
        .unacceptable, file: members[adapter].file.path, place: "module '\(side.module.target)'",
        "its \(out) rows cannot be divided between the "
          + "\(side.module.stack.pieces.count) weights that it stands for")
    }
    return delta.moved(moves, rows: rows)
  }

  /// How far the stored numbers of two modules of one algorithm are apart.
  private func parameters(_ first: Side, _ second: Side) throws -> FrobeniusComparison {
    let (a, b) = (first.module, second.module)
    guard a.stack == b.stack, a.algorithm.isComparable(to: b.algorithm) else {
      let (adapter, module) = a.algorithm.needsBase ? (0, a) : (1, b)
      throw FormatError(
        .unsupported, file: members[adapter].file.path, place: "module '\(module.target)'",
        "\(module.algorithm.stored.name) can be compared only with the same algorithm, settings and "
          + "shapes, as its change depends on the base model",
        remedy: "bake both into the model with 'lorac merge --base', and compare the results")
    }
    if case .dora(let direction) = a.algorithm, case .dora(let other) = b.algorithm {
      let sources = [0, 1].map { DeltaReader.Source(factors: deltas.factors, adapter: $0) }
      let changes = try zip([(direction, a), (other, b)], sources).map { dora, source in
        KnownDelta(
          try source.delta(
            of: dora.0.direction, scale: dora.1.scale.value,
            staysFactored: dora.0.direction.isLoRA))
      }
      return FrobeniusComparison(joining: [
        distance(changes[0], changes[1]),
        FrobeniusComparison(
          try vector(direction.magnitudes, 0), try vector(other.magnitudes, 1)),
      ])
    }
    let scales = [a, b].map { DoubleMatrix(rows: 1, columns: 1, elements: [$0.scale.value]) }
    let parts = try zip(a.tensors, b.tensors).map { first, second in
      FrobeniusComparison(try vector(first, 0), try vector(second, 1))
    }
    return FrobeniusComparison(joining: parts + [FrobeniusComparison(scales[0], scales[1])])
  }

  private func vector(_ entry: TensorEntry, _ adapter: Int) throws -> DoubleMatrix {
    let values = try DeltaReader.Source(factors: deltas.factors, adapter: adapter).vector(entry)
    return DoubleMatrix(rows: 1, columns: values.count, elements: values.map { Double($0) })
  }
}

/// A delta that needs no base, ready to be compared.
private enum KnownDelta {
  case factors(ScaledFactors)
  case dense(Matrix, scale: Double)

  init(_ delta: Delta) {
    switch delta {
    case .lowRank(let up, let down, let scale):
      self = .factors(ScaledFactors(up: up, down: down, scale: scale))
    case .dense(let matrix, let scale): self = .dense(matrix, scale: scale)
    case .needsBase: preconditionFailure("needs a base")
    }
  }

  /// `[out, in]`, the extents of a kernel in `in`.
  var shape: [Int] {
    switch self {
    case .factors(let factors): [factors.up.rows, factors.down.columns]
    case .dense(let matrix, _): [matrix.rows, matrix.columns]
    }
  }

  var matrix: DoubleMatrix {
    switch self {
    case .factors(let factors): factors.product
    case .dense(let matrix, let scale): DoubleMatrix(matrix).scaled(by: scale)
    }
  }

  var isZero: Bool {
    func isZero(_ matrix: Matrix) -> Bool { matrix.elements.allSatisfy { $0 == 0 } }
    return switch self {
    case .factors(let factors):
      factors.scale == 0 || isZero(factors.up) || isZero(factors.down)
    case .dense(let matrix, let scale): scale == 0 || isZero(matrix)
    }
  }

  /// The rows that `moves` takes, in a delta of `rows` rows.
  func moved(_ moves: [RowMove], rows: Int) -> KnownDelta {
    func moved(_ matrix: Matrix) -> Matrix {
      var result = Matrix(zeros: rows, matrix.columns)
      result.add(matrix, times: 1, moves)
      return result
    }
    return switch self {
    case .factors(let factors):
      .factors(
        ScaledFactors(up: moved(factors.up), down: factors.down, scale: factors.scale))
    case .dense(let matrix, let scale): .dense(moved(matrix), scale: scale)
    }
  }
}

extension ModuleAlgorithm {
  fileprivate var isLoRA: Bool { if case .lora = self { true } else { false } }

  /// Whether the stored numbers of both mean the same, so that they can be compared one by one.
  fileprivate func isComparable(to other: ModuleAlgorithm) -> Bool {
    switch (self, other) {
    case (.dora(let a), .dora(let b)):
      return a.axis == b.axis && a.weightShape == b.weightShape
        && a.magnitudes.elementCount == b.magnitudes.elementCount
    case (.ia3(let a), .ia3(let b)):
      guard a.axis == b.axis, a.isAbsolute == b.isAbsolute else { return false }
    case (.oft(let a), .oft(let b)):
      guard a.kind == b.kind, a.constraint == b.constraint else { return false }
    case (.tokens(let a), .tokens(let b)):
      guard a.indices == b.indices else { return false }
    default: guard id == other.id else { return false }
    }
    return stored.tensors.map(\.elementCount) == other.stored.tensors.map(\.elementCount)
  }
}
