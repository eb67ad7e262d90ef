internal import Formats
internal import Workers

/// What a fusion adds to the weights of a model, block by block.
///
/// Everything is found from the factors, a module at a time, by their Gram matrices.
package struct FusedStatistics: Sendable {
  package struct Block: Sendable, Hashable {
    package let name: String
    package let moduleCount: Int
    /// `‖Σ wᵢ ΔWᵢ‖`, over all modules of the block; nil where one depends on the base and was not
    /// computed.
    package let frobeniusNorm: Double?
    /// `‖wᵢ ΔWᵢ‖` of each of ``FusedStatistics/adapters``; nil where a delta depends on the base.
    package let contributions: [Double?]
    /// Of the modules whose singular values are known.
    package let energy: EnergyCurve
  }

  /// The adapters that take part, by their index in the library.
  package let adapters: [Int]
  package let blocks: [Block]
  package let total: Block
  /// Modules of two or more axes whose singular values were not computed.
  ///
  /// They depend on the base, or are too large for it to be quick.
  package let withoutSpectrum: Int
  /// Whether singular values are known only as far as they were written.
  package let isCut: Bool

  /// Measures what `plan` fuses; reads all its tensors.
  ///
  /// - Parameters:
  ///   - plan: what was written.
  ///   - kept: what writing found of recompressed modules, whose spectra are not computed again.
  ///   - threads: how many modules to compute at a time.
  /// - Throws: `FormatError` for a tensor that cannot be read.
  package init(of plan: MergePlan, kept: [Int: KeptSpectrum], threads: Int) throws {
    let meter = FusionMeter(plan.members)
    let modules = try parallelMap(count: plan.modules.count, threads: threads) { index in
      try meter.measurement(of: plan.modules[index], kept: kept[index])
    }
    self.init(modules, adapters: plan.active, isCut: !kept.isEmpty)
  }

  /// Measures what `plan` bakes; reads all its adapters' tensors.
  ///
  /// - Parameters:
  ///   - plan: what was written.
  ///   - deltaSquares: the squared norms that writing found, one per target.
  ///   - threads: how many modules to compute at a time.
  /// - Throws: `FormatError` for a tensor that cannot be read.
  package init(of plan: BakePlan, deltaSquares: [Double], threads: Int) throws {
    precondition(deltaSquares.count == plan.targets.count)
    let meter = FusionMeter(plan.members)
    let modules = try parallelMap(count: plan.targets.count, threads: threads) { index in
      try meter.measurement(of: plan.targets[index], deltaSquare: deltaSquares[index])
    }
    self.init(modules, adapters: plan.active, isCut: false)
  }

  private init(_ modules: [FusionMeter.Measurement], adapters: [Int], isCut: Bool) {
    (self.adapters, self.isCut) = (adapters, isCut)
    let places = Dictionary(grouping: modules, by: \.place)
    blocks = places.keys.sorted().map { place in
      Block(name: place.name, places[place] ?? [], adapters)
    }
    total = Block(name: "", modules, adapters)
    withoutSpectrum = modules.count { $0.hasSpectrum && $0.singularValues == nil }
  }
}

extension FusedStatistics.Block {
  /// Sums in the order of the modules, so that numbers are the same on every run.
  fileprivate init(
    name: String, _ modules: [FusionMeter.Measurement], _ adapters: [Int]
  ) {
    self.name = name
    moduleCount = modules.count
    func root(_ squares: [Double?]) -> Double? {
      var sum = 0.0
      for square in squares {
        guard let square else { return nil }
        sum += square
      }
      return sum.squareRoot()
    }
    frobeniusNorm = root(modules.map(\.normSquare))
    contributions = adapters.map { adapter in
      root(modules.compactMap { $0.contributions[adapter] })
    }
    let known = modules.filter { $0.singularValues != nil }
    energy = EnergyCurve(
      of: known.compactMap(\.singularValues),
      totalEnergy: known.reduce(0) { $0 + $1.spectrumEnergy })
  }
}
