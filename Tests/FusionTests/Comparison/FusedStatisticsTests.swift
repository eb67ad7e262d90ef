import Formats
import Foundation
import Fusion
import Testing

/// Norms and spectra of fused deltas, against deltas of the libraries, slow ones, and by hand.
@Suite struct FusedStatisticsTests {
  private static func root(_ values: some Sequence<Double>) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func plan(
    _ adapters: [(path: String, weight: Double)], _ options: MergeOptions = MergeOptions()
  ) throws -> MergePlan {
    let library = try AdapterLibrary(paths: adapters.map(\.path), threads: 2)
    return try MergePlan(
      library, weights: ModuleWeights(adapters.map(\.weight)), options: options, isBare: true)
  }

  /// The sum of adapters of the libraries, and each on its own by the slow path.
  @Test(arguments: Zoo.mixes) func normsOfMergesAreThoseOfTheDeltas(_ zoo: Zoo.Case) throws {
    let adapters = try Zoo.adapters(of: zoo)
    let files = try adapters.map { try AdapterFile(path: $0.path) }
    guard !files.contains(where: { $0.modules.contains(where: \.algorithm.needsBase) }) else {
      return
    }
    let statistics = try FusedStatistics(of: Self.plan(adapters), kept: [:], threads: 2)
    let expected = Self.root(try Zoo.expected(zoo.expected).values.flatMap(\.values))
    let total = try #require(statistics.total.frobeniusNorm)
    #expect(abs(total - expected) <= 1e-4 * expected, "\(total), not \(expected)")
    #expect(expected > 0 && statistics.adapters == Array(adapters.indices))

    var own: [[String: Double]] = []
    var fused: [ModuleTarget: [Double]] = [:]
    for (path, weight) in adapters {
      let deltas = try SlowDelta.deltas(ofAdapterAt: path)
      var squares: [String: Double] = [:]
      for (target, delta) in deltas {
        let scaled = delta.map { $0 * weight }
        squares[BlockPlace(of: target).name, default: 0] += pow(Self.root(scaled), 2)
        fused[target] = zip(fused[target] ?? scaled.map { _ in 0 }, scaled).map { $0 + $1 }
      }
      own.append(squares)
    }
    var whole: [String: Double] = [:]
    for (target, delta) in fused {
      whole[BlockPlace(of: target).name, default: 0] += pow(Self.root(delta), 2)
    }
    #expect(Set(statistics.blocks.map(\.name)) == Set(whole.keys))
    for block in statistics.blocks {
      let norm = try #require(block.frobeniusNorm)
      let reference = try #require(whole[block.name]).squareRoot()
      #expect(abs(norm - reference) <= 1e-5 * expected, "\(block.name)")
      for (index, contribution) in block.contributions.enumerated() {
        let reference = (own[index][block.name] ?? 0).squareRoot()
        #expect(abs((contribution ?? .nan) - reference) <= 1e-5 * expected, "\(block.name)")
      }
    }
  }

  /// Also what depends on the base has its norm when it is baked.
  @Test(arguments: Zoo.cases) func normsOfBakesAreThoseOfTheDeltas(_ zoo: Zoo.Case) throws {
    guard let layout = Zoo.layouts(of: zoo.base).first else { return }
    try TestMerge.withTemporaryFolder { folder in
      let outcome = try TestBake.write(
        Zoo.adapters(of: zoo), base: layout.path, to: "\(folder)/out")
      let statistics = try FusedStatistics(
        of: outcome.plan, deltaSquares: outcome.result.deltaSquares, threads: 2)
      let deltas = try Zoo.expected(zoo.expected).mapValues(\.values)
      let expected = Self.root(deltas.values.joined())
      let base = try Zoo.Base(zoo.base)
      // Where every element is off by as much as the corpus allows.
      let limit = Self.root(
        try outcome.plan.members.flatMap { $0.file.modules.map(\.target) }.map { target in
          let delta = deltas[Zoo.name(of: target)] ?? []
          return zoo.tolerance.limit(delta: delta, weight: try base.weight(target))
            * Double(delta.count).squareRoot()
        })
      let total = try #require(statistics.total.frobeniusNorm)
      #expect(abs(total - expected) <= limit + 2e-3 * expected, "\(total), not \(expected)")
      #expect(Self.root(statistics.blocks.map { $0.frobeniusNorm ?? .nan }) - total < 1e-9 * total)
      let needsBase = outcome.plan.members.contains { member in
        member.file.modules.contains(where: \.algorithm.needsBase)
      }
      #expect(statistics.total.contributions.contains(nil) == needsBase)
    }
  }

  /// Two adapters along the axes, whose singular values can be told by hand.
  private static func axes(in folder: String) throws -> [(path: String, weight: Double)] {
    func module(
      _ stem: String, _ entries: [(row: Int, column: Int, value: Float)]
    ) -> [TensorFile.Tensor] {
      var (up, down) = (
        [Float](repeating: 0, count: 5 * entries.count),
        [Float](repeating: 0, count: 6 * entries.count)
      )
      for (index, entry) in entries.enumerated() {
        up[entry.row * entries.count + index] = entry.value
        down[index * 6 + entry.column] = 1
      }
      return [
        .init(name: "\(stem).lora_up.weight", shape: [5, entries.count], values: up),
        .init(name: "\(stem).lora_down.weight", shape: [entries.count, 6], values: down),
      ]
    }
    let (middle, down) = (
      "lora_unet_mid_block_attentions_0_proj_in", "lora_unet_down_blocks_1_attentions_0_proj_in"
    )
    let first = try TensorFile(
      tensors: module(middle, [(0, 0, 4), (1, 1, 2)]) + module(down, [(2, 3, 2)])
    ).write(to: "\(folder)/first.safetensors")
    let second = try TensorFile(tensors: module(middle, [(2, 2, 3), (1, 1, 1)]))
      .write(to: "\(folder)/second.safetensors")
    return [(first, 1), (second, 0.5)]
  }

  @Test func curveOfKnownSpectra() throws {
    try TestMerge.withTemporaryFolder { folder in
      let plan = try Self.plan(Self.axes(in: folder))
      let statistics = try FusedStatistics(of: plan, kept: [:], threads: 2)
      // The middle has 4, 2.5 and 1.5; the other block has 2.
      #expect(statistics.blocks.map(\.name) == ["unet.down_blocks.1", "unet.mid_block"])
      func isClose(_ a: Double?, _ b: Double) -> Bool { abs((a ?? .nan) - b) < 1e-6 }
      let shares = [20 / 28.5, 26.25 / 28.5, 1]
      #expect(statistics.total.energy.shares.count == 3)
      #expect(zip(statistics.total.energy.shares, shares).allSatisfy { isClose($0, $1) })
      #expect(isClose(statistics.total.frobeniusNorm, 28.5.squareRoot()))
      #expect(isClose(statistics.blocks[1].frobeniusNorm, 24.5.squareRoot()))
      #expect(isClose(statistics.blocks[1].contributions[0], 20.0.squareRoot()))
      #expect(isClose(statistics.blocks[1].contributions[1], 2.5.squareRoot()))
      #expect(isClose(statistics.blocks[0].contributions[1], 0))
      let ranks = [0.7, 0.9, 0.95, 1].map { statistics.total.energy.rank(keeping: $0) }
      #expect(ranks == [1, 2, 3, 3])
      #expect(!statistics.isCut && statistics.withoutSpectrum == 0)
    }
  }

  /// Where writing found the spectra, they are taken from there and end at the rank.
  @Test func curveOfACutEndsAtTheRank() throws {
    try TestMerge.withTemporaryFolder { folder in
      let plan = try Self.plan(Self.axes(in: folder), MergeOptions(rank: .rank(2), dtype: .f32))
      let written = try AdapterOutput(
        plan, metadata: [:],
        destination: SafetensorsDestination(place: .file("\(folder)/out.safetensors"))
      ).write(threads: 2) { _, _ in }
      #expect(written.spectra.count == 1)
      let statistics = try FusedStatistics(of: plan, kept: written.spectra, threads: 2)
      #expect(statistics.isCut)
      let shares = statistics.total.energy.shares
      #expect(shares.count == 2 && abs(shares[0] - 20 / 28.5) < 1e-6)
      #expect(abs(shares[1] - 26.25 / 28.5) < 1e-6)
      #expect(abs((statistics.total.frobeniusNorm ?? 0) - 28.5.squareRoot()) < 1e-6)
      #expect(statistics.total.energy.rank(keeping: 0.99) == nil)
    }
  }

  @Test func threadsChangeNothing() throws {
    let mix = try #require(Zoo.mixes.first { $0.id.contains("sdxl") } ?? Zoo.mixes.first)
    let plan = try Self.plan(Zoo.adapters(of: mix))
    let all = try [1, 2, 5].map { threads in
      try FusedStatistics(of: plan, kept: [:], threads: threads).blocks
    }
    #expect(all[0] == all[1] && all[0] == all[2])
  }
}
