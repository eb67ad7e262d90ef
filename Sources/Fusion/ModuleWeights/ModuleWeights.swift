package import Formats

/// The weight of every adapter in every module.
///
/// The weight of an adapter's delta in a module is its weight in the fusion, or, where a gate covers
/// the adapter and the module, the gate's weight times the strength; times the strength of the
/// component; times the block's factor.
package struct ModuleWeights: Sendable {
  /// A file that weights were read from.
  package struct Source: Sendable, Hashable {
    package let path: String
    package let sha256: String
  }

  /// The weights in the fusion, one per adapter, with the strength in them.
  package let fusion: [Double]
  package let options: ModuleWeightOptions
  package let blockWeights: Source?
  package let gates: Source?
  /// Per adapter, the weights of those modules that have another than the fusion's, by the
  /// canonical weights that they stand for.
  private let own: [[ModuleTarget: [Double]]]
  /// Per adapter, whether some module has a weight other than 0.
  private let isActive: [Bool]
  /// What a user may not expect, in sentences.
  package let notes: [String]

  /// The same weight in every module.
  package init(_ weights: [Double]) {
    fusion = weights
    options = ModuleWeightOptions()
    (blockWeights, gates, notes) = (nil, nil, [])
    own = weights.map { _ in [:] }
    isActive = weights.map { $0 != 0 }
  }

  /// - Parameters:
  ///   - weights: one per member of `library`, with the strength in them; finite.
  ///   - strength: what gates are multiplied with.
  ///   - options: strengths of components.
  ///   - files: what `options` names, read.
  ///   - library: the adapters.
  /// - Throws: `FormatError` for a pattern that matches no module, `FusionError` for a strength
  ///   that is not finite.
  init(
    _ weights: [Double], strength: Double, _ options: ModuleWeightOptions, _ files: Files,
    library: AdapterLibrary
  ) throws {
    for strength in [options.textEncoderStrength, options.modelStrength] where !strength.isFinite {
      throw FusionError(.usage, "strength \(strength) is not a number")
    }
    (fusion, self.options) = (weights, options)
    blockWeights = files.blockWeights.map { Source(path: $0.path, sha256: $0.sha256) }
    gates = files.gates.map { Source(path: $0.path, sha256: $0.sha256) }
    var table = ModuleWeightTable(weights, strength, options, files)
    for (index, member) in library.members.enumerated() { table.add(member, adapter: index) }
    try files.blockWeights?.checkMatches(table.matchedFactors, library)
    try files.gates?.checkMatches(table.matchedGates, library)
    (own, isActive) = (table.own, table.isActive)
    notes = Self.notes(options, library)
  }

  private static func notes(
    _ options: ModuleWeightOptions, _ library: AdapterLibrary
  ) -> [String] {
    let components = Set(library.members.flatMap(\.file.modules).map(\.target.component))
    var notes: [String] = []
    if options.textEncoderStrength != 1, !components.contains(where: \.isTextEncoder) {
      notes.append("no adapter changes a text encoder, so --strength-te has no effect")
    }
    if options.modelStrength != 1, !components.contains(where: \.drawsImages) {
      notes.append("no adapter changes a UNet or transformer, so --strength-unet has no effect")
    }
    return notes
  }

  /// The weights of the adapter at index `adapter` in `module`, one per canonical weight.
  package func weights(of module: AdapterModule, adapter: Int) -> [Double] {
    own[adapter][module.givenTarget] ?? module.stack.pieces.map { _ in fusion[adapter] }
  }

  /// The adapters that have a weight other than 0 somewhere.
  package var active: [Int] { isActive.indices.filter { isActive[$0] } }

  /// Whether weights may differ between the modules of one adapter.
  package var varies: Bool {
    blockWeights != nil || gates != nil || options.textEncoderStrength != 1
      || options.modelStrength != 1
  }

  /// The files that were read.
  package var files: [String] { [options.blockWeights, options.gates].compactMap(\.self) }
}

extension ModuleWeights {
  /// The files of ``ModuleWeightOptions``, read before anything that takes time.
  struct Files: Sendable {
    let blockWeights: ModuleWeightFile?
    let gates: ModuleWeightFile?

    private static func blockWeights(
      _ path: String?, library: AdapterLibrary
    ) throws(FormatError) -> ModuleWeightFile? {
      guard path != nil || library.members.contains(where: { $0.blockWeights != nil }) else {
        return nil
      }
      return try ModuleWeightFile(blockWeights: path, library: library)
    }

    init(_ options: ModuleWeightOptions, library: AdapterLibrary) throws(FormatError) {
      blockWeights = try Self.blockWeights(options.blockWeights, library: library)
      gates = try options.gates.map { path throws(FormatError) in
        try ModuleWeightFile(gates: path, library: library)
      }
    }
  }
}

extension ModelComponent {
  /// Whether `--strength-unet` is for it.
  fileprivate var drawsImages: Bool {
    switch self {
    case .unet, .transformer, .transformer2: true
    case .textEncoder, .textEncoder2, .textEncoder3, .model: false
    }
  }
}

/// Collects the weights of all modules.
private struct ModuleWeightTable {
  private let weights: [Double]
  private let strength: Double
  private let options: ModuleWeightOptions
  private let files: ModuleWeights.Files
  private(set) var own: [[ModuleTarget: [Double]]]
  private(set) var isActive: [Bool]
  private(set) var matchedFactors: Set<String> = []
  private(set) var matchedGates: Set<String> = []

  init(
    _ weights: [Double], _ strength: Double, _ options: ModuleWeightOptions,
    _ files: ModuleWeights.Files
  ) {
    (self.weights, self.strength, self.options, self.files) = (weights, strength, options, files)
    own = weights.map { _ in [:] }
    isActive = weights.map { _ in false }
  }

  mutating func add(_ member: AdapterLibrary.Member, adapter: Int) {
    let gateStrength = strength * member.strength
    for module in member.file.modules {
      let values = module.stack.pieces.map {
        weight(of: $0.target, in: module, adapter, gateStrength)
          * componentStrength($0.target.component)
      }
      if values.contains(where: { $0 != 0 }) { isActive[adapter] = true }
      if values.contains(where: { $0 != weights[adapter] }) { own[adapter][module.target] = values }
    }
  }

  private mutating func weight(
    of piece: ModuleTarget, in module: AdapterModule, _ adapter: Int, _ gateStrength: Double
  ) -> Double {
    guard files.blockWeights != nil || files.gates != nil else { return weights[adapter] }
    let names = ModuleNames(of: module, piece: piece)
    let gate = files.gates?.value(names, adapter: adapter, matched: &matchedGates)
    let factor = files.blockWeights?.value(names, adapter: adapter, matched: &matchedFactors)
    return (gate.map { $0 * gateStrength } ?? weights[adapter]) * (factor ?? 1)
  }

  private func componentStrength(_ component: ModelComponent) -> Double {
    if component.isTextEncoder { return options.textEncoderStrength }
    return component.drawsImages ? options.modelStrength : 1
  }
}
