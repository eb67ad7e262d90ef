package import Formats
package import LinearAlgebra

/// Computes the deltas of adapters' modules from their tensors.
package struct DeltaReader: Sendable {
  let factors: FactorReader

  package init(_ members: [AdapterLibrary.Member]) { factors = FactorReader(members) }

  /// The delta of `module` of the adapter at index `adapter`.
  ///
  /// - Throws: `FormatError` for an element that is not finite.
  package func delta(of module: AdapterModule, adapter: Int) throws -> Delta {
    let source = Source(factors: factors, adapter: adapter)
    if module.algorithm.needsBase { return .needsBase(try baseDelta(of: module, source)) }
    return try source.delta(
      of: module.algorithm, scale: module.scale.value, staysFactored: module.factorRank != nil)
  }

  private func baseDelta(of module: AdapterModule, _ source: Source) throws -> any BaseDelta {
    switch module.algorithm {
    case .dora(let dora):
      let inner = try source.delta(
        of: dora.direction, scale: module.scale.value, staysFactored: false)
      return DoRADelta(
        direction: inner, magnitudes: try source.vector(dora.magnitudes), axis: dora.axis)
    case .replacement(let replacement):
      return ReplacementDelta(weight: try source.matrix(replacement.tensor))
    case .tokens(let tokens):
      return TokenDelta(rows: try source.matrix(tokens.rows), indices: tokens.indices)
    case .ia3(let ia3):
      return IA3Delta(
        factors: try source.vector(ia3.factors), axis: ia3.axis, isAbsolute: ia3.isAbsolute)
    case .oft(let oft): return try source.rotation(oft)
    case .glora(let glora): return try source.glora(glora, scale: module.scale.value)
    case .vera(let vera): return try source.vera(vera)
    case .svdiff(let svdiff): return SVDiffDelta(shifts: try source.vector(svdiff.shifts))
    case .lora, .loha, .lokr, .adaLoRA, .difference:
      preconditionFailure("needs no base")
    }
  }

  /// The tensors of one adapter, as numbers.
  struct Source {
    let factors: FactorReader
    let adapter: Int

    /// The tensor as a matrix whose rows are its first extent.
    func matrix(_ entry: TensorEntry) throws -> Matrix {
      let values = try factors.withBytes(of: entry, adapter: adapter) {
        HalfPrecision.widen($0, as: $1)
      }
      let rows = entry.shape.first ?? 1
      return Matrix(rows: rows, columns: values.count / max(1, rows), elements: values)
    }

    /// The tensor's elements.
    func vector(_ entry: TensorEntry) throws -> [Float] { try matrix(entry).elements }

    /// The delta of an algorithm that needs no base, in factors where it has them and
    /// `staysFactored`.
    func delta(
      of algorithm: ModuleAlgorithm, scale: Double, staysFactored: Bool
    ) throws -> Delta {
      switch algorithm {
      case .lora(let lora): return try self.lora(lora).delta(scale)
      case .adaLoRA(let adaLoRA): return try self.adaLoRA(adaLoRA).delta(scale)
      case .loha(let loha): return try self.loha(loha, scale, staysFactored: staysFactored)
      case .lokr(let lokr): return try self.lokr(lokr, scale, staysFactored: staysFactored)
      case .difference(let difference):
        return .dense(try matrix(difference.tensor), scale: scale)
      case .replacement, .tokens, .ia3, .oft, .glora, .vera, .svdiff, .dora:
        preconditionFailure("needs a base")
      }
    }
  }
}

/// Two factors of a matrix.
struct FactorPair {
  /// `[out, rank]`.
  let up: Matrix
  /// `[rank, in]`.
  let down: Matrix

  var product: Matrix { Matrix.product(up, down) }

  func delta(_ scale: Double) -> Delta { .lowRank(up: up, down: down, scale: scale) }
}

extension Delta {
  /// The delta as a matrix `[out, in]`, with its scale; nil for one that needs a base.
  package var matrix: Matrix? {
    switch self {
    case .lowRank(let up, let down, let scale): Matrix.product(up, down, scale: Float(scale))
    case .dense(let matrix, let scale): scale == 1 ? matrix : matrix.scaled(by: Float(scale))
    case .needsBase: nil
    }
  }
}
