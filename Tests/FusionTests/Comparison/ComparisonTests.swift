import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// Distances of adapters and models, against dense deltas computed element by element.
@Suite struct ComparisonTests {
  static func compare(_ first: String, _ second: String, threads: Int = 2) throws -> Comparison {
    try Comparison(first, second, threads: threads) { _, _ in }
  }

  /// Every adapter of the corpus is itself, whether its deltas can be computed or not.
  @Test(arguments: Zoo.singles) func nothingDiffersFromItself(_ zoo: Zoo.Case) throws {
    let comparison = try Self.compare(zoo.path, zoo.path)
    let count = try AdapterFile(path: zoo.path).modules.count
    #expect(comparison.rows.count == count)
    #expect(comparison.rows.allSatisfy { $0.distances.distance == 0 })
    #expect(comparison.isEqual(within: 0))
  }

  static let pairs = [
    ("peft_lora", "peft_patterns"), ("peft_lora", "peft_rslora"), ("lyc_loha", "lyc_locon"),
    ("lyc_full", "lyc_lokr"), ("lyc_lokr_both", "lyc_locon_tucker"),
    ("flux_kohya_fused", "flux_diffusers"), ("flux_diffusers", "flux_xlabs"),
  ]

  @Test(arguments: pairs) func numbersAreThoseOfTheDenseDeltas(
    _ first: String, _ second: String
  ) throws {
    let paths = try [first, second].map { id in
      try #require(Zoo.singles.first { $0.id == id }).path
    }
    let comparison = try Self.compare(paths[0], paths[1])
    let deltas = try paths.map { try SlowDelta.deltas(ofAdapterAt: $0) }
    let shared = Set(deltas[0].keys).intersection(deltas[1].keys)
    #expect(!shared.isEmpty)
    let rows = Dictionary(uniqueKeysWithValues: comparison.rows.map { ($0.name, $0) })
    var seen = 0
    for target in shared {
      // A stack that both have has one row for all its pieces.
      guard let row = rows[target.description], let a = deltas[0][target],
        let b = deltas[1][target]
      else { continue }
      seen += 1
      func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let distance = norm(zip(a, b).map(-))
      let inner = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
      let close = { (x: Double, y: Double) in abs(x - y) <= 1e-6 * max(norm(a), norm(b), 1e-30) }
      #expect(close(row.distances.distance, distance), "\(target)")
      #expect(close(row.distances.firstNorm, norm(a)), "\(target)")
      #expect(close(row.distances.secondNorm, norm(b)), "\(target)")
      #expect(abs((row.distances.cosine ?? 0) - inner / norm(a) / norm(b)) < 1e-6, "\(target)")
      #expect(abs(row.distances.relativeDistance - distance / norm(a)) < 1e-5, "\(target)")
    }
    #expect(seen > 0)
    let distances = comparison.rows.map(\.distances.relativeDistance)
    #expect(distances == distances.sorted(by: >))
  }

  private static func tensors(_ up: [Float], _ down: [Float]) -> [TensorFile.Tensor] {
    let stem = SampleAlgorithm.kohya
    return [
      .init(name: "\(stem).lora_up.weight", shape: [up.count / 3, 3], values: up),
      .init(name: "\(stem).lora_down.weight", shape: [3, down.count / 3], values: down),
    ]
  }

  private static func values(_ count: Int, _ seed: UInt64) -> [Float] {
    TensorFile.Tensor.random("x", [count], seed: seed).values
  }

  /// A change of the last bits is measured, not lost in the difference of large numbers.
  @Test(arguments: [Float(0x1p-12), 0x1p-18, 0x1p-22]) func smallDistancesAreExact(
    _ change: Float
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      let (up, down) = (Self.values(60, 1), Self.values(45, 2))
      var other = up
      other[7] *= 1 + change
      let a = try TensorFile(tensors: Self.tensors(up, down)).write(to: "\(folder)/a.safetensors")
      let b = try TensorFile(tensors: Self.tensors(other, down)).write(
        to: "\(folder)/b.safetensors")
      // Only row 2 and column 1 of the factors take part: |δ| times the norm of that row.
      let row = down[15..<30].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let expected = abs(Double(other[7]) - Double(up[7])) * row
      let found = try Self.compare(a, b).rows[0].distances.distance
      #expect(abs(found - expected) <= 1e-7 * expected, "\(found) is not \(expected)")
    }
  }

  /// The order of the ranks, and a scale in one place or another, change nothing.
  @Test func otherFactorsOfTheSameDeltaAreEqual() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (up, down) = (Self.values(60, 3), Self.values(45, 4))
      let a = try TensorFile(tensors: Self.tensors(up, down)).write(to: "\(folder)/a.safetensors")
      let order = [2, 0, 1]
      let swapped = Self.tensors(
        up.indices.map { up[$0 / 3 * 3 + order[$0 % 3]] },
        down.indices.map { down[order[$0 / 15] * 15 + $0 % 15] })
      let b = try TensorFile(tensors: swapped).write(to: "\(folder)/b.safetensors")
      let halved = Self.tensors(up.map { $0 / 2 }, down)
      let alpha = TensorFile.Tensor.number("\(SampleAlgorithm.kohya).alpha", 6)
      let c = try TensorFile(tensors: halved + [alpha]).write(to: "\(folder)/c.safetensors")
      for other in [b, c] {
        #expect(try Self.compare(a, other).isEqual(within: 0))
        #expect(try Self.compare(other, a).isEqual(within: 0))
      }
    }
  }

  @Test func whatOnlyOneHasIsADifferenceUnlessItChangesNothing() throws {
    try TestMerge.withTemporaryFolder { folder in
      let module = { (name: String, alpha: Float) in
        SyntheticAdapter.Module(name: "lora_unet_\(name)", shape: [6, 5], rank: 2, alpha: alpha)
      }
      let both = module("mid_block_attentions_0_proj_in", 1)
      let extra = module("mid_block_attentions_0_proj_out", 1)
      let void = module("conv_out", 0)
      let a = try SyntheticAdapter(modules: [both], seed: 1).write(to: "\(folder)/a.safetensors")
      let b = try SyntheticAdapter(modules: [both, extra], seed: 1)
        .write(to: "\(folder)/b.safetensors")
      let c = try SyntheticAdapter(modules: [void], seed: 1).write(to: "\(folder)/c.safetensors")
      let more = try Self.compare(a, b)
      #expect(more.onlyInFirst.isEmpty)
      #expect(more.onlyInSecond == ["unet.mid_block.attentions.0.proj_out"])
      #expect(!more.isEqual(within: 1e9))
      let none = try Self.compare(c, a)
      #expect(none.withoutEffect == ["unet.conv_out"] && none.onlyInFirst.isEmpty)
    }
  }

  @Test func differentShapesAreToldApart() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try [[6, 5], [6, 4]].enumerated().map { index, shape in
        try SyntheticAdapter(
          modules: [.init(name: SampleAlgorithm.kohya, shape: shape, rank: 2, alpha: 1)], seed: 1
        ).write(to: "\(folder)/\(index).safetensors")
      }
      let comparison = try Self.compare(paths[0], paths[1])
      #expect(comparison.misfits.map(\.first) == [[6, 5]])
      #expect(comparison.misfits.map(\.second) == [[6, 4]])
      #expect(!comparison.isEqual(within: 1e9))
    }
  }

  /// What depends on the base is compared with its like, and refused by name beside others.
  @Test func algorithmsOnTheBaseAreComparedWithTheirLike() throws {
    try TestMerge.withTemporaryFolder { folder in
      for sample in SampleAlgorithm.all where sample.needsBase {
        let a = try sample.write(to: "\(folder)/a.safetensors", seed: 1)
        let b = try sample.write(to: "\(folder)/b.safetensors", seed: 2)
        let rows = try Self.compare(a, b).rows.filter { $0.measure == .parameters }
        #expect(rows.count == 1, "\(sample.name)")
        #expect(rows.allSatisfy { $0.distances.relativeDistance > 0.1 }, "\(sample.name)")
        for path in [a, b] { try FileManager.default.removeItem(atPath: path) }
      }
      let dora = try #require(SampleAlgorithm.all.first { $0.name == "DoRA" })
        .write(to: "\(folder)/dora.safetensors", seed: 1)
      let lora = try #require(SampleAlgorithm.all.first { $0.name == "LoRA" })
        .write(to: "\(folder)/lora.safetensors", seed: 1)
      let error = #expect(throws: FormatError.self) { try Self.compare(lora, dora) }
      #expect(error?.file == dora && error?.problem.hasPrefix("DoRA") == true)
    }
  }

  @Test func normsBeyondFloatAreNumbers() throws {
    try TestMerge.withTemporaryFolder { folder in
      let huge = TensorFile.Tensor.number("\(SampleAlgorithm.kohya).alpha", 3e38)
      let tensors = Self.tensors(
        Self.values(60, 3).map { $0 * 1e38 }, Self.values(45, 4).map { $0 * 1e38 })
      let path = try TensorFile(tensors: tensors + [huge]).write(to: "\(folder)/a.safetensors")
      let norm = try Self.compare(path, path).rows[0].distances.firstNorm
      #expect(norm.isFinite && norm > 1e100)
    }
  }

  private static func model(_ values: [Float], _ path: String, more: [String] = []) throws -> String
  {
    try TensorFile(
      tensors: [.init(name: "a.weight", shape: [2, values.count / 2], values: values)]
        + more.map { .number($0, 1) }
    ).write(to: path)
  }

  @Test func modelsAreComparedTensorByTensor() throws {
    try TestMerge.withTemporaryFolder { folder in
      let values = Self.values(1 << 20, 9)
      var other = values
      other[1_000_000] += 0.25
      let a = try Self.model(values, "\(folder)/a.safetensors", more: ["b.bias"])
      let b = try Self.model(other, "\(folder)/b.safetensors", more: ["c.bias"])
      let comparison = try Self.compare(a, b)
      #expect(comparison.rows.map(\.name) == ["a.weight"])
      let distance = Double(other[1_000_000]) - Double(values[1_000_000])
      #expect(comparison.rows.first?.distances.distance == distance)
      #expect(comparison.onlyInFirst == ["b.bias"] && comparison.onlyInSecond == ["c.bias"])
      #expect(try Self.compare(a, a).isEqual(within: 0))
      let adapter = try #require(Zoo.singles.first).path
      #expect(throws: FormatError.self) { try Self.compare(a, adapter) }
    }
  }

  /// As doubles, these integers are the same.
  @Test(arguments: [DType.i64, .u64]) func largeIntegersAreComparedExactly(_ dtype: DType) throws {
    try TestMerge.withTemporaryFolder { folder in
      func file(_ name: String, _ values: [Int64]) throws -> String {
        let layout = try SafetensorsLayout(
          tensors: [.init(name: "a.ids", dtype: dtype, shape: [values.count])], metadata: [:],
          file: name)
        var data = Data(layout.header)
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        let path = "\(folder)/\(name).safetensors"
        try data.write(to: URL(fileURLWithPath: path))
        return path
      }
      let a = try file("a", [1 << 53, -(1 << 60), 5])
      let b = try file("b", [(1 << 53) + 1, -(1 << 60), 5])
      #expect(try Self.compare(a, a).isEqual(within: 0))
      let comparison = try Self.compare(a, b)
      #expect(!comparison.isEqual(within: 0))
      #expect(comparison.rows.first?.distances.distance == 1)
    }
  }

  @Test func notANumberHasNoDistance() throws {
    try TestMerge.withTemporaryFolder { folder in
      let a = try Self.model([1, 2, .nan, 4], "\(folder)/a.safetensors")
      let error = #expect(throws: FormatError.self) { try Self.compare(a, a) }
      #expect(error?.place == "tensor 'a.weight'" && error?.problem.contains("element 2") == true)
    }
  }
}
