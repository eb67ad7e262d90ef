internal import Formats
internal import LinearAlgebra

/// Measures single modules of a fusion.
struct FusionMeter: Sendable {
  struct Measurement: Sendable {
    let place: BlockPlace
    /// `‖ΔW‖²`; nil where it depends on the base and was not computed.
    let normSquare: Double?
    /// `‖wᵢ ΔWᵢ‖²` of the adapters that take part; nil where it depends on the base.
    let contributions: [Int: Double?]
    /// Whether the delta has singular values worth knowing: it is a matrix.
    let hasSpectrum: Bool
    /// Largest first; nil where they were not computed.
    let singularValues: [Double]?
    /// The squared norm that the singular values are a part of.
    let spectrumEnergy: Double
  }

  private let reader: PartReader

  /// The stacked rank beyond which singular values take seconds a module.
  private static let largestSpectrum = 1024

  init(_ members: [AdapterLibrary.Member]) { reader = PartReader(members) }

  func measurement(of module: FusedModule, kept: KeptSpectrum?) throws -> Measurement {
    let place = BlockPlace(of: module.stack.pieces[0].target)
    let isMatrix = module.form != .vector
    if let kept {
      return Measurement(
        place: place, normSquare: kept.totalEnergy,
        contributions: try contributions(of: module, whole: kept.totalEnergy),
        hasSpectrum: true, singularValues: kept.singularValues, spectrumEnergy: kept.totalEnergy)
    }
    let values = isMatrix ? try singularValues(of: module) : nil
    let square = try values.map { $0.reduce(0) { $0 + $1 * $1 } } ?? normSquare(of: module)
    return Measurement(
      place: place, normSquare: square,
      contributions: try contributions(of: module, whole: square), hasSpectrum: isMatrix,
      singularValues: values, spectrumEnergy: square)
  }

  func measurement(of target: BakePlan.Target, deltaSquare: Double) throws -> Measurement {
    let (rows, columns) = (target.tensor.rows, target.tensor.columns)
    let isMatrix = min(rows, columns) > 1
    let place = BlockPlace(of: target.groups[0].stack.pieces[0].target)
    var contributions: [Int: Double?] = [:]
    for group in target.groups {
      let module = FusedModule(group, rows: rows, columns: columns)
      for (adapter, square) in try self.contributions(of: module, whole: nil) {
        // Parts that describe the weight in both orientations overlap.
        contributions[adapter] = contributions.keys.contains(adapter) ? Double?.none : square
      }
    }
    let values =
      target.isFactored && isMatrix
      ? try singularValues(of: FusedModule(target.groups[0], rows: rows, columns: columns)) : nil
    return Measurement(
      place: place, normSquare: deltaSquare, contributions: contributions, hasSpectrum: isMatrix,
      singularValues: values,
      spectrumEnergy: values?.reduce(0) { $0 + $1 * $1 } ?? deltaSquare)
  }

  /// The squared norm of each adapter's part; `whole` is that of the sum, if it is known.
  private func contributions(
    of module: FusedModule, whole: Double?
  ) throws -> [Int: Double?] {
    let adapters = Set(module.parts.map(\.adapter))
    if let whole, let only = adapters.first, adapters.count == 1 { return [only: whole] }
    var squares: [Int: Double?] = [:]
    for adapter in adapters.sorted() {
      let own = module.keeping { $0.adapter == adapter }
      let needsBase = own.parts.contains { $0.module.algorithm.needsBase }
      squares[adapter] = needsBase ? Double?.none : try normSquare(of: own)
    }
    return squares
  }

  /// The squared Frobenius norm of the sum of the parts, none of which needs a base.
  private func normSquare(of module: FusedModule) throws -> Double {
    guard !module.hasDenseParts, module.stackedRank < module.fullRank else {
      return try reader.sum(of: module).elements.reduce(0) { $0 + Double($1) * Double($1) }
    }
    let factors = try reader.stackedFactors(of: module)
    return max(0, frobeniusInner(factors.up, factors.down, factors.up, factors.down))
  }

  /// The singular values of the sum of the parts; nil where they would take long.
  private func singularValues(of module: FusedModule) throws -> [Double]? {
    guard min(module.stackedRank, module.fullRank) <= Self.largestSpectrum else { return nil }
    do {
      guard !module.hasDenseParts else {
        return try SingularValues.of(dense: DoubleMatrix(reader.sum(of: module)))
      }
      let factors = try reader.stackedFactors(of: module)
      return try SingularValues.of(up: factors.up, down: factors.down)
    } catch is LinearAlgebraError {
      // Elements whose squares are beyond a Double; a norm says nothing then.
      return nil
    }
  }
}

extension FusedModule {
  /// A group of a bake as a module, in the orientation of its parts.
  fileprivate init(_ group: BakePlan.Group, rows: Int, columns: Int) {
    self.init(
      stack: group.stack, parts: group.parts,
      weightShape: group.isTransposed ? [columns, rows] : [rows, columns],
      layout: group.parts[0].module.layout, form: .concatenated, scale: 1)
  }

  /// The module with only some of its parts.
  fileprivate func keeping(_ isKept: (Part) -> Bool) -> FusedModule {
    FusedModule(
      stack: stack, parts: parts.filter(isKept), weightShape: weightShape, layout: layout,
      form: form, scale: scale)
  }
}
