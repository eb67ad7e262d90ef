import Formats
import Foundation
import Fusion

/// Deltas computed the slow way, by the papers' formulas element by element in `Double`.
struct SlowDelta {
  let file: SafetensorsFile

  func tensor(_ entry: TensorEntry) throws -> SlowTensor { try SlowTensor(entry, in: file) }

  /// The change of the weight that `module` describes, `[out, in]`; `base` likewise, where needed.
  func delta(of module: AdapterModule, base: SlowTensor? = nil) throws -> SlowTensor {
    try delta(of: module.algorithm, scale: module.scale.value, base: base)
  }

  func delta(
    of algorithm: ModuleAlgorithm, scale: Double, base: SlowTensor?
  ) throws -> SlowTensor {
    let scaled = { (tensor: SlowTensor) in tensor.map { scale * $0 } }
    switch algorithm {
    case .lora(let lora):
      let (up, down) = (try tensor(lora.up).matrix, try tensor(lora.down))
      guard let mid = lora.mid else { return scaled(up * down.matrix) }
      return scaled(Self.tucker(up, try tensor(mid), down.matrix))
    case .adaLoRA(let adaLoRA):
      let (up, down) = (try tensor(adaLoRA.factors.up), try tensor(adaLoRA.factors.down))
      let values = try tensor(adaLoRA.values).values
      var diagonal = SlowTensor(zeros: [values.count, values.count])
      for (index, value) in values.enumerated() { diagonal[index, index] = value }
      return scaled(up.matrix * diagonal * down.matrix)
    case .loha(let loha):
      return scaled(try pair(loha.first).combined(try pair(loha.second), *))
    case .lokr(let lokr): return scaled(try kronecker(lokr))
    case .difference(let difference): return scaled(try tensor(difference.tensor).matrix)
    case .dora, .replacement, .tokens, .ia3, .oft, .glora, .vera, .svdiff:
      guard let base else { throw CocoaError(.featureUnsupported) }
      return try delta(of: algorithm, scale: scale, to: base)
    }
  }

  /// Σ over p and q of `up[o, p] · core[p, q, k] · down[q, i]`, `[o, i · area + k]`.
  static func tucker(_ up: SlowTensor, _ core: SlowTensor, _ down: SlowTensor) -> SlowTensor {
    let area = core.shape.dropFirst(2).reduce(1, *)
    var result = SlowTensor(zeros: [up.rows, down.columns * area])
    for o in 0..<up.rows {
      for p in 0..<up.columns {
        for q in 0..<down.rows {
          for i in 0..<down.columns {
            for k in 0..<area {
              result[o, i * area + k] += up[o, p] * core[p, q * area + k] * down[q, i]
            }
          }
        }
      }
    }
    return result
  }

  private func pair(_ pair: LoHa.Pair) throws -> SlowTensor {
    let (up, down) = (try tensor(pair.up).matrix, try tensor(pair.down).matrix)
    guard let core = pair.core else { return up * down }
    return Self.tucker(up.transposed, try tensor(core), down)
  }

  private func side(_ side: LoKr.Side) throws -> (SlowTensor, area: Int) {
    switch side {
    case .whole(let whole):
      (try tensor(whole).matrix, whole.shape.dropFirst(2).reduce(1, *))
    case .factors(let up, let down): (try tensor(up).matrix * tensor(down).matrix, 1)
    case .tucker(let up, let down, let core):
      (
        Self.tucker(try tensor(up).transposed, try tensor(core), try tensor(down)),
        core.shape.dropFirst(2).reduce(1, *)
      )
    }
  }

  /// Element `[a · B + b, (c · D + d) · area + k]` is `first[a, c] · second[b, d · area + k]`.
  private func kronecker(_ lokr: LoKr) throws -> SlowTensor {
    let (first, _) = try side(lokr.first)
    let (second, area) = try side(lokr.second)
    let depth = second.columns / area
    var result = SlowTensor(zeros: [first.rows * second.rows, first.columns * second.columns])
    for a in 0..<first.rows {
      for b in 0..<second.rows {
        for c in 0..<first.columns {
          for d in 0..<depth {
            for k in 0..<area {
              result[a * second.rows + b, (c * depth + d) * area + k] =
                first[a, c] * second[b, d * area + k]
            }
          }
        }
      }
    }
    return result
  }

  /// The deltas of all canonical weights of the adapter at `path`.
  ///
  /// `base` gives the weight of a canonical target as the model stores it.
  static func deltas(
    ofAdapterAt path: String, base: (ModuleTarget) throws -> SlowTensor? = { _ in nil }
  ) throws -> [ModuleTarget: [Double]] {
    let adapter = try AdapterFile(path: path)
    let slow = SlowDelta(file: adapter.tensors)
    var deltas: [ModuleTarget: [Double]] = [:]
    for module in adapter.modules {
      let weights = try module.stack.pieces.compactMap { try base($0.target) }
      if weights.isEmpty && module.isOptional { continue }
      let delta = try slow.delta(of: module, base: stacked(weights, for: module))
      var start = 0
      let unit = delta.rows / module.stack.pieces.reduce(0) { $0 + $1.share }
      for piece in module.stack.pieces {
        var rows = Array(start..<start + unit * piece.share)
        start += unit * piece.share
        if module.stack.swapsHalves {
          rows = Array(rows[(rows.count / 2)...] + rows[..<(rows.count / 2)])
        }
        let part = SlowTensor(
          shape: [rows.count, delta.columns],
          rows.flatMap { row in (0..<delta.columns).map { delta[row, $0] } })
        deltas[piece.target] = (module.layout == .asDescribed ? part : part.transposed).values
      }
    }
    return deltas
  }

  /// The weights one below the other, as the module describes them.
  static func stacked(_ weights: [SlowTensor], for module: AdapterModule) -> SlowTensor? {
    guard !weights.isEmpty else { return nil }
    let matrices = weights.map { module.layout == .asDescribed ? $0.matrix : $0.matrix.transposed }
    let stack = SlowTensor(
      shape: [matrices.reduce(0) { $0 + $1.rows }, matrices[0].columns], matrices.flatMap(\.values))
    guard module.stack.swapsHalves else { return stack }
    let half = stack.values.count / 2
    return SlowTensor(shape: stack.shape, Array(stack.values[half...] + stack.values[..<half]))
  }

  static func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }

  /// The largest distance of two lists of one length.
  static func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } : .infinity
  }
}
