import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// The laws of fusion for every algorithm, against formulas in `Double` element by element.
@Suite struct AlgorithmLawTests {
  static func base(_ shape: [Int]) -> Matrix {
    let tensor = TensorFile.Tensor.random(
      "base", [shape[0], shape.dropFirst().reduce(1, *)], seed: 99)
    return Matrix(rows: shape[0], columns: tensor.shape[1], elements: tensor.values)
  }

  static func slow(_ matrix: Matrix) -> SlowTensor {
    SlowTensor(shape: [matrix.rows, matrix.columns], matrix.elements.map { Double($0) })
  }

  /// The one module of interest of the adapter at `path`.
  static func module(_ adapter: AdapterFile) throws -> AdapterModule {
    try #require(adapter.modules.first { $0.target == SampleAlgorithm.target })
  }

  static func expectClose(_ found: SlowTensor, _ expected: SlowTensor, _ tolerance: Double = 2e-6) {
    #expect(
      SlowDelta.distance(found.values, expected.values)
        <= tolerance * max(1, SlowDelta.largest(expected.values)))
  }

  /// The delta is the formula's, with the base at hand.
  @Test(arguments: SampleAlgorithm.all) func deltaIsThatOfTheFormula(
    _ sample: SampleAlgorithm
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try sample.write(
        to: "\(folder)/a\(sample.config == nil ? ".safetensors" : "")", seed: 1)
      let library = try AdapterLibrary(paths: [path], threads: 1)
      let adapter = library.members[0].file
      let module = try Self.module(adapter)
      #expect(module.algorithm.needsBase == sample.needsBase)
      #expect((module.factorRank != nil) == (sample.isLowRank && !sample.needsBase))
      let base = Self.base(sample.shape)
      let expected = try SlowDelta(file: adapter.tensors).delta(of: module, base: Self.slow(base))
      let delta = try DeltaReader(library.members).delta(of: module, adapter: 0)
      if case .needsBase(let delta) = delta {
        Self.expectClose(Self.slow(try delta.delta(base: base)), expected)
      } else {
        #expect(module.weightShape == sample.shape)
        Self.expectClose(Self.slow(try #require(delta.matrix)), expected)
      }
    }
  }

  /// Laws 1 and 2: alone with weight 1, and beside a LoRA with other weights, in every form.
  @Test(
    arguments: SampleAlgorithm.additive, [RankOption.exact, .rank(2), .rank(100), .energy(1)])
  func writtenSumIsThatOfTheFormula(_ sample: SampleAlgorithm, _ rank: RankOption) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try sample.write(
        to: "\(folder)/a\(sample.config == nil ? ".safetensors" : "")", seed: 1)
      let other = try SampleAlgorithm.all[0].write(
        to: "\(folder)/b.safetensors", seed: 2,
        stem: sample.shape.count > 2 ? "lora_unet_conv_in" : nil)
      let isEmbedding = sample.name == "embedding"
      let dialect: AdapterDialect = isEmbedding ? .peft : .kohya
      for (paths, weights) in [([path], [1.0]), ([path, other], [0.7, -0.3])] {
        if isEmbedding && paths.count > 1 { continue }
        let output = "\(folder)/out.safetensors"
        let plan = try TestMerge.write(
          paths, weights: weights, to: output,
          options: MergeOptions(rank: rank, dialect: dialect, dtype: .f32))
        let expected = try FusionLawTests.sum(paths, weights)
        let found = try SlowDelta.deltas(ofAdapterAt: output)
        for (target, reference) in expected {
          let delta = try #require(found[target])
          let module = try #require(plan.modules.first { $0.target == target })
          guard rank == .rank(2) else {
            #expect(
              SlowDelta.distance(delta, reference) <= 4e-6 * SlowDelta.largest(reference),
              "\(target)")
            continue
          }
          // Law 3: as near as its rank allows.
          let rows = isEmbedding ? module.weightShape[1] : module.weightShape[0]
          let dense = DoubleMatrix(
            rows: rows, columns: reference.count / rows, elements: reference)
          let values = try DoubleSVD(of: dense).values
          let optimum = values.dropFirst(2).reduce(0) { $0 + $1 * $1 }.squareRoot()
          let error = zip(delta, reference).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            .squareRoot()
          #expect(error <= 1.0001 * optimum + 1e-5 * values[0], "\(target)")
        }
      }
    }
  }

  /// Factors stay factors: no larger rank than the algorithm has is written.
  @Test func ranksAreThoseOfTheStructure() throws {
    let expected = [
      "LoRA": 3, "Tucker": 2, "LoHa": 6, "LoHa in Tucker form": 4, "LoKr": 4,
      "LoKr of factors": 3, "LoKr in Tucker form": 4, "difference": 10,
      "LoHa of full rank": 10, "LoKr of whole matrices": 10,
    ]
    try TestMerge.withTemporaryFolder { folder in
      for sample in SampleAlgorithm.additive {
        guard let rank = expected[sample.name] else { continue }
        let path = try sample.write(to: "\(folder)/a.safetensors", seed: 1)
        let plan = try TestMerge.write([path], weights: [1], to: "\(folder)/out.safetensors")
        #expect(plan.modules.map(\.rank) == [rank], "\(sample.name)")
      }
    }
  }

  @Test(arguments: SampleAlgorithm.all.filter(\.needsBase))
  func withoutTheBaseItIsRefusedByName(_ sample: SampleAlgorithm) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try sample.write(
        to: "\(folder)/a\(sample.config == nil ? ".safetensors" : "")", seed: 1)
      let error = #expect(throws: FormatError.self) {
        try TestMerge.write([path], weights: [1], to: "\(folder)/out.safetensors")
      }
      #expect(error?.kind == .unsupported)
      #expect(error?.place?.contains("proj_in") == true)
      #expect(error?.remedy?.contains("--base") == true)
    }
  }

  /// A base of another shape is an error, never a trap.
  @Test(
    arguments: SampleAlgorithm.all.filter(\.needsBase),
    [[11, 10], [12, 7], [1, 1], [0, 0], [0, 1]])
  func aBaseOfAnotherShapeIsRefused(_ sample: SampleAlgorithm, _ shape: [Int]) throws {
    try TestMerge.withTemporaryFolder { folder in
      let path = try sample.write(
        to: "\(folder)/a\(sample.config == nil ? ".safetensors" : "")", seed: 1)
      let library = try AdapterLibrary(paths: [path], threads: 1)
      let module = try Self.module(library.members[0].file)
      guard
        case .needsBase(let delta) = try DeltaReader(library.members).delta(of: module, adapter: 0)
      else { return }
      // One side alone may fit, as (IA)³ along the rows takes any columns.
      let base = Matrix(zeros: shape[0], shape[1])
      if let result = try? delta.delta(base: base) {
        #expect(result.rows == base.rows && result.columns == base.columns)
      }
    }
  }

  /// Shifts of several SVDiff adapters add up inside the limit at 0.
  @Test func spectralShiftsAreCombinedBeforeTheLimit() throws {
    try TestMerge.withTemporaryFolder { folder in
      let base = Self.base([12, 10])
      let paths = try [Float(-9), 8].enumerated().map { index, shift in
        try TensorFile(tensors: [
          TensorFile.Tensor(
            name: SampleAlgorithm.kohya + ".delta", shape: [10],
            values: [Float](repeating: shift, count: 10))
        ]).write(to: "\(folder)/\(index).safetensors")
      }
      let library = try AdapterLibrary(paths: paths, threads: 1)
      let union = try ModuleUnion(of: library.members, active: [0, 1])
      let unit = union.units[0]
      let sum = try PartReader(library.members).sum(
        of: unit.entries.map { FusedModule.Part($0, weight: 0.5) }, in: unit.stack, rows: 12,
        columns: 10, base: { _ in base })
      let expected = try SlowDelta.shift(
        Self.slow(base), [Double](repeating: -0.5, count: 10))
      Self.expectClose(Self.slow(sum), expected)
    }
  }

  /// A base that is not finite has no singular values, which is said.
  @Test func aDamagedBaseIsAnError() throws {
    try TestMerge.withTemporaryFolder { folder in
      let sample = try #require(SampleAlgorithm.all.first { $0.name == "SVDiff" })
      let library = try AdapterLibrary(
        paths: [try sample.write(to: "\(folder)/a.safetensors", seed: 1)], threads: 1)
      let module = try Self.module(library.members[0].file)
      guard
        case .needsBase(let delta) = try DeltaReader(library.members).delta(of: module, adapter: 0)
      else { return }
      var base = Self.base([12, 10])
      base.elements[7] = .nan
      #expect(throws: FusionError.self) { try delta.delta(base: base) }
    }
  }

  /// kohya's own OFT limits its rotations by another rule, and an alpha of 0 stops them.
  @Test func kohyaOFT() throws {
    try TestMerge.withTemporaryFolder { folder in
      let stem = "oft_unet_mid_block_attentions_0_proj_in"
      for alpha in [Float(0), 0.01] {
        let path = try TensorFile(tensors: [
          .random("\(stem).oft_blocks", [3, 4, 4], seed: 4), .number("\(stem).alpha", alpha),
        ]).write(to: "\(folder)/a.safetensors")
        let library = try AdapterLibrary(paths: [path], threads: 1)
        let module = try Self.module(library.members[0].file)
        let base = Self.base([12, 10])
        guard
          case .needsBase(let delta) = try DeltaReader(library.members)
            .delta(of: module, adapter: 0)
        else { continue }
        let found = Self.slow(try delta.delta(base: base))
        let expected = try SlowDelta(file: library.members[0].file.tensors)
          .delta(of: module, base: Self.slow(base))
        Self.expectClose(found, expected)
        if alpha == 0 { #expect(SlowDelta.largest(found.values) < 1e-6) }
      }
    }
  }
}
