import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// The laws of fusion on synthetic adapters, against a dense path in `Double`.
@Suite struct FusionLawTests {
  static let linear = "lora_unet_down_blocks_0_attentions_0_proj_in"
  static let wide = "lora_unet_mid_block_attentions_0_proj_out"
  static let convolution = "lora_unet_down_blocks_0_resnets_0_conv1"

  /// Three adapters whose modules, ranks, alphas and types differ.
  static func adapters(in folder: String) throws -> [String] {
    [
      try SyntheticAdapter(
        modules: [
          .init(name: linear, shape: [20, 12], rank: 3, alpha: 1.5),
          .init(name: convolution, shape: [8, 5, 3, 3], rank: 2, alpha: 2),
        ], dtype: .f16, seed: 1
      ).write(to: "\(folder)/a.safetensors"),
      try SyntheticAdapter(
        modules: [
          .init(name: linear, shape: [20, 12], rank: 4, alpha: 3),
          .init(name: wide, shape: [6, 30], rank: 5, alpha: 1),
        ], dtype: .bf16, seed: 2
      ).write(to: "\(folder)/b.safetensors"),
      try SyntheticAdapter(
        modules: [
          .init(name: wide, shape: [6, 30], rank: 1, alpha: -0.7),
          .init(name: convolution, shape: [8, 5, 3, 3], rank: 3, alpha: 0.1),
        ], dtype: .f32, seed: 3
      ).write(to: "\(folder)/c.safetensors"),
    ]
  }

  static func sum(_ paths: [String], _ weights: [Double]) throws -> [ModuleTarget: [Double]] {
    var sum: [ModuleTarget: [Double]] = [:]
    for (path, weight) in zip(paths, weights) where weight != 0 {
      for (target, delta) in try SlowDelta.deltas(ofAdapterAt: path) {
        let before = sum[target] ?? [Double](repeating: 0, count: delta.count)
        sum[target] = zip(before, delta).map { $0 + weight * $1 }
      }
    }
    return sum
  }

  /// The rounding of one factor's element to `dtype`, relative.
  static func unit(_ dtype: DType) -> Double {
    switch dtype {
    case .f16: 0x1p-11
    case .bf16: 0x1p-8
    default: 0x1p-24
    }
  }

  @Test(arguments: [DType.f32, .f16, .bf16], [[1.0, 1, 1], [0.7, -0.3, 1.1], [0, 2, 0.01]])
  func sumIsExactWithinTheRounding(_ dtype: DType, _ weights: [Double]) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      for dialect in [AdapterDialect.kohya, .diffusers] {
        _ = try TestMerge.write(
          paths, weights: weights, to: output, options: MergeOptions(dialect: dialect, dtype: dtype)
        )
        let (found, expected) = (
          try SlowDelta.deltas(ofAdapterAt: output), try Self.sum(paths, weights)
        )
        #expect(Set(found.keys) == Set(expected.keys))
        for (target, delta) in found {
          let reference = try #require(expected[target])
          // Both factors are rounded once; terms of several ranks add up.
          let limit = 8 * Self.unit(dtype) * SlowDelta.largest(reference) + 1e-7
          #expect(SlowDelta.distance(delta, reference) <= limit, "\(target) \(dialect)")
        }
      }
    }
  }

  @Test func adaptersOfWeightZeroLeaveNothing() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      let plan = try TestMerge.write(paths, weights: [1, 0, 0], to: output)
      let alone = "\(folder)/alone.safetensors"
      let single = try TestMerge.write([paths[0]], weights: [1], to: alone)
      #expect(plan.modules.map(\.rank) == single.modules.map(\.rank))
      #expect(plan.modules.map(\.target) == single.modules.map(\.target))
      #expect(throws: FusionError.self) {
        try TestMerge.write(paths, weights: [0, 0, 0], to: output)
      }
    }
  }

  /// Law 3: the error of a lower rank is that of the dense singular value decomposition.
  @Test(arguments: [1, 2, 4, 7]) func rankIsOptimal(_ rank: Int) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      let weights = [0.9, 0.6, -1.2]
      let plan = try TestMerge.write(
        paths, weights: weights, to: output,
        options: MergeOptions(rank: .rank(rank), dtype: .f32))
      let (found, expected) = (
        try SlowDelta.deltas(ofAdapterAt: output), try Self.sum(paths, weights)
      )
      for module in plan.modules {
        let reference = try #require(expected[module.target])
        let rows = module.weightShape[0]
        let dense = DoubleMatrix(rows: rows, columns: reference.count / rows, elements: reference)
        let values = try DoubleSVD(of: dense).values
        #expect(module.rank <= rank)
        let optimum = values.dropFirst(rank).reduce(0) { $0 + $1 * $1 }.squareRoot()
        let delta = try #require(found[module.target])
        let error = zip(delta, reference).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
          .squareRoot()
        #expect(error <= 1.0001 * optimum + 1e-6 * (values.first ?? 0), "\(module.target)")
      }
    }
  }

  @Test(arguments: [0.5, 0.9, 0.99]) func energyKeepsTheLeastRank(_ share: Double) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      let plan = try TestMerge.write(
        paths, weights: [1, 1, 1], to: output, options: MergeOptions(rank: .energy(share)))
      let expected = try Self.sum(paths, [1, 1, 1])
      for module in plan.modules {
        let reference = try #require(expected[module.target])
        let rows = module.weightShape[0]
        let squares = try DoubleSVD(
          of: DoubleMatrix(rows: rows, columns: reference.count / rows, elements: reference)
        ).values.map { $0 * $0 }
        let total = squares.reduce(0, +)
        func kept(_ rank: Int) -> Double { squares.prefix(rank).reduce(0, +) / total }
        #expect(kept(module.rank) >= share - 1e-9)
        #expect(module.rank == 1 || kept(module.rank - 1) < share + 1e-9)
      }
    }
  }

  /// Where ranks add up to more than full rank, the pair is of full rank, and still exact.
  @Test(arguments: [DType.f32, .f16]) func exactStopsAtFullRank(_ dtype: DType) throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try (0..<5).map { index in
        try SyntheticAdapter(
          modules: [
            .init(name: Self.linear, shape: [6, 9], rank: 3, alpha: 1),
            .init(name: Self.wide, shape: [9, 4], rank: 2, alpha: 1e-4),
          ], dtype: .f16, seed: UInt64(index + 10)
        ).write(to: "\(folder)/\(index).safetensors")
      }
      let output = "\(folder)/out.safetensors"
      let weights = [1, 0.5, -0.25, 2, 0.1]
      let plan = try TestMerge.write(
        paths, weights: weights, to: output, options: MergeOptions(dtype: dtype))
      #expect(plan.modules.map(\.rank).sorted() == [4, 6])
      let (found, expected) = (
        try SlowDelta.deltas(ofAdapterAt: output), try Self.sum(paths, weights)
      )
      for (target, delta) in found {
        let reference = try #require(expected[target])
        #expect(
          SlowDelta.distance(delta, reference)
            <= (Self.unit(dtype) + 1e-6) * SlowDelta.largest(reference))
      }
    }
  }

  /// Law 6.
  @Test(arguments: [RankOption.exact, .rank(2), .energy(0.9)], [nil, 3])
  func bytesDoNotDependOnThreads(_ rank: RankOption, _ level: Int?) throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try Self.adapters(in: folder)
      for threads in [1, 2, 5] {
        _ = try TestMerge.write(
          paths, weights: [1, 0.3, 0.2], to: "\(folder)/\(threads).safetensors",
          options: MergeOptions(rank: rank), level: level, threads: threads)
      }
      let first = try TestMerge.bytes("\(folder)/1.safetensors")
      #expect(try first == TestMerge.bytes("\(folder)/2.safetensors"))
      #expect(try first == TestMerge.bytes("\(folder)/5.safetensors"))
    }
  }

  @Test func alphaZeroIsLeftOut() throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try SyntheticAdapter(
        modules: [
          .init(name: Self.linear, shape: [4, 4], rank: 2, alpha: 0),
          .init(name: Self.wide, shape: [4, 4], rank: 2, alpha: 1),
        ], seed: 7
      ).write(to: "\(folder)/a.safetensors")
      let plan = try TestMerge.write([path], weights: [1], to: "\(folder)/out.safetensors")
      #expect(plan.withoutEffect.count == 1)
      #expect(plan.modules.count == 1)
    }
  }

  @Test func overflowOfTheOutputTypeIsAnError() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try [1, 2].map { seed in
        try SyntheticAdapter(
          modules: [.init(name: Self.linear, shape: [4, 4], rank: 2, alpha: 1e12)], seed: seed
        ).write(to: "\(folder)/\(seed).safetensors")
      }
      let error = #expect(throws: FormatError.self) {
        try TestMerge.write(
          paths, weights: [1, 1], to: "\(folder)/out.safetensors",
          options: MergeOptions(dialect: .diffusers, dtype: .f16))
      }
      #expect(error?.place?.contains("proj_in") == true)
    }
  }

  /// Half precision without an alpha has little room below; a power of two moves between factors.
  @Test(arguments: [1.0, 1e-2, 1e-4]) func weakDeltasKeepTheirDigits(_ weight: Double) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      let weights = [weight, 0.5 * weight, 0]
      _ = try TestMerge.write(
        paths, weights: weights, to: output, options: MergeOptions(dialect: .diffusers, dtype: .f16)
      )
      let (found, expected) = (
        try SlowDelta.deltas(ofAdapterAt: output), try Self.sum(paths, weights)
      )
      for (target, delta) in found {
        let reference = try #require(expected[target])
        let error = SlowDelta.distance(delta, reference) / SlowDelta.largest(reference)
        #expect(error <= 8 * Self.unit(.f16), "\(target)")
      }
    }
  }

  @Test(arguments: [RankOption.exact, .rank(1)]) func whatNoTypeHoldsIsAnError(
    _ rank: RankOption
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try Self.adapters(in: folder), "\(folder)/out.safetensors")
      for (weight, dialect) in [(1e39, AdapterDialect.kohya), (1e-30, .diffusers)] {
        #expect(throws: (any Error).self) {
          try TestMerge.write(
            paths, weights: [weight, 0, 0], to: output,
            options: MergeOptions(rank: rank, dialect: dialect, dtype: .f16))
        }
        #expect(!FileManager.default.fileExists(atPath: output))
      }
    }
  }

  @Test func differentModelsAreRefused() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try [8, 9].map { size in
        try SyntheticAdapter(
          modules: [.init(name: Self.linear, shape: [size, 4], rank: 2, alpha: 1)], seed: 1
        ).write(to: "\(folder)/\(size).safetensors")
      }
      #expect(throws: FormatError.self) {
        try TestMerge.write(paths, weights: [1, 1], to: "\(folder)/out.safetensors")
      }
    }
  }

  /// `norm` keeps the norm that the shares promise, against dense norms.
  @Test func innerProductsAreThoseOfTheDenseDeltas() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try Self.adapters(in: folder)
      let library = try AdapterLibrary(paths: paths, threads: 2)
      let gram = try DeltaGram(of: library, threads: 2)
      let deltas = try paths.map { try SlowDelta.deltas(ofAdapterAt: $0) }
      for (row, a) in deltas.enumerated() {
        for (column, b) in deltas.enumerated() {
          let expected = a.reduce(0.0) { sum, entry in
            sum + zip(entry.value, b[entry.key] ?? []).reduce(0) { $0 + $1.0 * $1.1 }
          }
          #expect(abs(gram[row, column] - expected) <= 1e-6 * max(1, abs(expected)))
        }
      }
    }
  }
}
