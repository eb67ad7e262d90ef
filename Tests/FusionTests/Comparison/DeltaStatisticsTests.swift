import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// Norms and spectra from factors, against the dense deltas that the libraries computed.
@Suite struct DeltaStatisticsTests {
  /// `‖W Wᵀ‖²`, the sum of the fourth powers of the singular values.
  private static func fourthPowers(_ delta: SlowTensor) -> Double {
    let matrix = delta.matrix
    return (matrix * matrix.transposed).values.reduce(0) { $0 + $1 * $1 }
  }

  /// The largest singular value, by iteration.
  private static func largest(_ delta: SlowTensor) -> Double {
    let matrix = delta.matrix
    let transposed = matrix.transposed
    var vector = SlowTensor(
      shape: [matrix.columns, 1], (0..<matrix.columns).map { 1 + 0.1 * sin(Double($0)) })
    var value = 0.0
    for _ in 0..<500 {
      let image = transposed * (matrix * vector)
      value = image.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard value > 0 else { return 0 }
      vector = image.map { $0 / value }
    }
    return value.squareRoot()
  }

  @Test(arguments: Zoo.singles) func spectraAreThoseOfTheDenseDeltas(_ zoo: Zoo.Case) throws {
    let file = try AdapterFile(path: zoo.path)
    let statistics = try DeltaStatistics(of: file, threads: 2)
    let expected = try Zoo.expected(zoo.expected)
    #expect(statistics.modules.count == file.modules.count)
    for module in statistics.modules {
      #expect((module.obstacle == .needsBase) == module.module.algorithm.needsBase)
      guard let spectrum = module.spectrum, module.module.stack.pieces.count == 1,
        let delta = expected[Zoo.name(of: module.module.target)]
      else { continue }
      let norm = delta.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // The references are rounded to Float; one converter multiplies in binary16.
      let limit = max(1e-5, 4 * zoo.tolerance.relative) * norm + 1e-6
      #expect(abs(spectrum.frobeniusNorm - norm) <= limit, "\(module.module.target)")
      let largest = Self.largest(delta)
      let found = spectrum.singularValues.first ?? 0
      #expect(abs(found - largest) <= limit, "\(module.module.target): \(found), not \(largest)")
      let fourth = spectrum.singularValues.reduce(0) { $0 + $1 * $1 * $1 * $1 }
      #expect(
        abs(fourth.squareRoot() - Self.fourthPowers(delta).squareRoot()) <= 4 * limit * norm,
        "\(module.module.target)")
    }
  }

  private static let spectra: JSONValue? = FileManager.default.contents(
    atPath: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/spectra.json").path
  ).flatMap { try? JSONValue(parsing: Array($0), file: "spectra") }

  /// What numpy finds of the dense deltas, written by `scripts/spectra.py`.
  @Test func numbersAreThoseOfNumpy() throws {
    let cases = try #require(Self.spectra?.members)
    #expect(cases.count == 6)
    for member in cases {
      let path = try #require(Zoo.singles.first { $0.id == member.key }).path
      let statistics = try DeltaStatistics(of: AdapterFile(path: path), threads: 2)
      let modules = Dictionary(
        uniqueKeysWithValues: statistics.modules.map { (Zoo.name(of: $0.module.target), $0) })
      for entry in member.value.members ?? [] {
        let spectrum = try #require(modules[entry.key]?.spectrum, "\(member.key): \(entry.key)")
        let reference = entry.value
        let norm = try #require(reference["norm"]?.doubleValue)
        func isClose(_ found: Double, _ key: String) -> Bool {
          reference[key]?.doubleValue.map { abs(found - $0) <= 1e-5 * $0 } ?? false
        }
        #expect(isClose(spectrum.frobeniusNorm, "norm"), "\(entry.key)")
        #expect(isClose(spectrum.stableRank, "stableRank"), "\(entry.key)")
        #expect(isClose(spectrum.effectiveRank, "effectiveRank"), "\(entry.key)")
        for (index, value) in (reference["values"]?.elements ?? []).enumerated() {
          let found =
            index < spectrum.singularValues.count ? spectrum.singularValues[index] : 0
          #expect(abs(found - (value.doubleValue ?? .nan)) <= 1e-5 * norm, "\(entry.key)")
        }
        let ranks = [0.9, 0.95, 0.99].map { spectrum.rank(keeping: $0) }
        let expected = reference["ranks"]?.elements?.compactMap(\.integerValue)
        #expect(ranks == expected, "\(entry.key)")
      }
    }
  }

  /// A spectrum whose numbers can be told by hand.
  @Test func ranksOfAKnownSpectrum() {
    let spectrum = DeltaSpectrum(singularValues: [4, 2, 2, 1])
    #expect(spectrum.frobeniusNorm == 5)
    #expect(spectrum.stableRank == 25.0 / 16)
    // Shares 16, 4, 4 and 1 of 25.
    #expect([0.6, 0.9, 0.95, 0.99].map { spectrum.rank(keeping: $0) } == [1, 3, 3, 4])
    let entropy = -[16.0, 4, 4, 1].reduce(0) { $0 + $1 / 25 * log($1 / 25) }
    #expect(abs(spectrum.effectiveRank - exp(entropy)) < 1e-12)
    let flat = DeltaSpectrum(singularValues: [3, 3, 3])
    #expect(abs(flat.effectiveRank - 3) < 1e-12 && abs(flat.stableRank - 3) < 1e-12)
    let zero = DeltaSpectrum(singularValues: [])
    #expect(zero.effectiveRank == 0 && zero.stableRank == 0 && zero.rank(keeping: 0.9) == 0)
  }

  /// Squares of these have no numbers.
  @Test func largeSpectra() {
    let spectrum = DeltaSpectrum(singularValues: [4e200, 3e200])
    #expect(
      abs(spectrum.frobeniusNorm - 5e200) < 1e186 && abs(spectrum.stableRank - 25 / 16) < 1e-12)
    #expect(abs(spectrum.keptShares[0] - 16.0 / 25) < 1e-12)
    let joined = DeltaSpectrum(joining: [spectrum, spectrum])
    #expect(abs(joined.frobeniusNorm / 5e200 - 2.squareRoot()) < 1e-12)
    let limit = DeltaSpectrum(singularValues: [.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(limit.frobeniusNorm.isFinite && limit.effectiveRank.isFinite)
  }

  private static func statistics(_ tensors: [TensorFile.Tensor]) throws -> DeltaStatistics {
    try TestMerge.withTemporaryFolder { folder in
      let path = try TensorFile(tensors: tensors).write(to: "\(folder)/a.safetensors")
      return try DeltaStatistics(of: AdapterFile(path: path), threads: 1)
    }
  }

  /// diag(3, 1) ⊗ diag(5, 2), and two of 181 rows, whose product would take 4 GB.
  @Test func productsOfKroneckerFactors() throws {
    let stem = SampleAlgorithm.kohya
    let small = try Self.statistics([
      .init(name: "\(stem).lokr_w1", shape: [2, 2], values: [3, 0, 0, 1]),
      .init(name: "\(stem).lokr_w2", shape: [2, 2], values: [0, 5, 2, 0]),
    ])
    let found = try #require(small.modules.first?.spectrum?.singularValues)
    #expect(found.count == 4)
    for (value, expected) in zip(found, [15, 6, 5, 2.0]) { #expect(abs(value - expected) < 1e-12) }
    let ones = [Float](repeating: 1, count: 181 * 181)
    let large = try Self.statistics([
      .init(name: "\(stem).lokr_w1", shape: [181, 181], values: ones),
      .init(name: "\(stem).lokr_w2", shape: [181, 181], values: ones),
    ])
    let spectrum = try #require(large.modules.first?.spectrum)
    #expect(spectrum.rank == 1 && abs(spectrum.frobeniusNorm - 181 * 181) < 1e-6)
  }

  /// (diag(2, 3, 4)) ∘ M is diagonal, whatever M has beside its diagonal; of either orientation.
  @Test(arguments: [3, 700]) func elementwiseProductsOfFullRank(_ rows: Int) throws {
    let stem = SampleAlgorithm.kohya
    func matrix(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Float) -> [Float] {
      (0..<rows).flatMap { row in (0..<columns).map { value(row, $0) } }
    }
    let identity = matrix(3, 3) { $0 == $1 ? 1 : 0 }
    let diagonal = matrix(rows, 3) { $0 == $1 ? Float($0 + 2) : 0 }
    let other = matrix(rows, 3) { $0 == $1 ? Float($0 + 5) : 1 }
    for isTall in [true, false] {
      func factors(_ name: String, _ tall: [Float]) -> [TensorFile.Tensor] {
        let turned = matrix(3, rows) { tall[$1 * 3 + $0] }
        return [
          .init(
            name: "\(stem).hada_\(name)_a", shape: isTall ? [rows, 3] : [3, 3],
            values: isTall ? tall : identity),
          .init(
            name: "\(stem).hada_\(name)_b", shape: isTall ? [3, 3] : [3, rows],
            values: isTall ? identity : turned),
        ]
      }
      let statistics = try Self.statistics(
        factors("w1", diagonal) + factors("w2", other) + [.number("\(stem).alpha", 3)])
      let found = try #require(statistics.modules.first?.spectrum?.singularValues)
      #expect(found.count == 3)
      for (value, expected) in zip(found, [28, 18, 10.0]) { #expect(abs(value - expected) < 1e-5) }
    }
  }

  /// Products that have no numbers are told, and do not end the counting.
  @Test func overflowingModulesAreTold() throws {
    let stem = SampleAlgorithm.kohya
    let large = [Float](repeating: 3e38, count: 8)
    let statistics = try Self.statistics(
      ["w1_a", "w2_a"].map { .init(name: "\(stem).hada_\($0)", shape: [4, 2], values: large) }
        + ["w1_b", "w2_b"].map { .init(name: "\(stem).hada_\($0)", shape: [2, 4], values: large) })
    #expect(statistics.modules.first?.obstacle == .overflows)
    #expect(statistics.total.elements.elements == 32)
  }

  /// Two diagonal matrices in one: the squares of a place add up.
  @Test func spectraJoin() {
    let joined = DeltaSpectrum(joining: [
      DeltaSpectrum(singularValues: [4, 3]), DeltaSpectrum(singularValues: [3, 0.5, 0.25]),
    ])
    let squares = [25, 9.25, 0.0625]
    #expect(zip(joined.singularValues, squares).allSatisfy { abs($0 * $0 - $1) < 1e-12 })
    #expect(abs(joined.frobeniusNorm - 34.3125.squareRoot()) < 1e-12)
    let shares = [25 / 34.3125, 34.25 / 34.3125, 1]
    #expect(zip(joined.keptShares, shares).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(joined.keptShares.count == 3)
    #expect(DeltaSpectrum(joining: []).keptShares.isEmpty)
  }

  @Test func elementsAreCountedAndModulesGrouped() throws {
    try TestMerge.withTemporaryFolder { folder in
      func module(_ stem: String, _ up: [Float]) -> [TensorFile.Tensor] {
        [
          .init(name: "\(stem).lora_up.weight", shape: [2, 1], values: up),
          .init(name: "\(stem).lora_down.weight", shape: [1, 2], values: [3, 4]),
        ]
      }
      let path = try TensorFile(
        tensors: module("lora_unet_mid_block_attentions_0_proj_in", [0, 2])
          + module("lora_unet_mid_block_attentions_0_proj_out", [1, 0])
          + module("lora_unet_down_blocks_1_attentions_0_proj_in", [.nan, -.infinity])
      ).write(to: "\(folder)/a.safetensors")
      let statistics = try DeltaStatistics(of: AdapterFile(path: path), threads: 2)
      #expect(statistics.blocks.map(\.name) == ["unet.down_blocks.1", "unet.mid_block"])
      #expect(statistics.components.map(\.moduleCount) == [3])
      #expect(statistics.modules.map(\.obstacle) == [.notFinite, nil, nil])
      let norms = statistics.modules.map { $0.spectrum?.frobeniusNorm ?? -1 }
      #expect(zip(norms, [-1, 10, 5]).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(abs(statistics.total.frobeniusNorm - 125.0.squareRoot()) < 1e-12)
      let counts = statistics.total.elements
      #expect(counts.elements == 12 && counts.zeros == 2)
      #expect(counts.notNumbers == 1 && counts.infinities == 1)
    }
  }

  @Test func threadsChangeNothing() throws {
    let path = try #require(Zoo.singles.first { $0.id == "sdxl_kohya_sgm_full" }).path
    let spectra = try [1, 2, 5].map { threads in
      try DeltaStatistics(of: AdapterFile(path: path), threads: threads).modules.map(\.spectrum)
    }
    #expect(spectra[0] == spectra[1] && spectra[0] == spectra[2])
  }
}
