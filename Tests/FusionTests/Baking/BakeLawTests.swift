import Formats
import Foundation
import Fusion
import Testing

/// What holds for every bake.
@Suite struct BakeLawTests {
  private static func single(_ name: String) -> String { "\(Zoo.folder)/bases/\(name).safetensors" }

  private static func path(_ id: String) throws -> String {
    try #require(Zoo.singles.first { $0.id == id }).path
  }

  /// Everything behind the header.
  private static func data(_ path: String) throws -> Data {
    let header = try SafetensorsFile(path: path).header
    return try TestMerge.bytes(path).dropFirst(header.dataOffset)
  }

  @Test(arguments: ["sd15_single", "llama/model"]) func zeroWeightsGiveTheBase(
    _ name: String
  ) throws {
    let adapter = try Self.path(name == "llama/model" ? "peft_lora" : "kohya_sd15_full_fp16")
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      let outcome = try TestBake.write([(adapter, 0)], base: Self.single(name), to: output)
      #expect(outcome.plan.targets.isEmpty && outcome.result.roundingLoss == 0)
      #expect(try Self.data(output) == Self.data(Self.single(name)))
      let (old, new) = (
        try SafetensorsFile(path: Self.single(name)).header,
        try SafetensorsFile(path: output).header
      )
      #expect(old.tensors == new.tensors)
      #expect(old.dataOffset % 4096 == new.dataOffset % 4096)
      for (key, value) in old.metadata { #expect(new.metadata[key] == value) }
      #expect(new.metadata["lorac.base"]?.contains("sha256") == true)
    }
  }

  /// Copies of one adapter whose weights sum to nothing leave nothing, in a type where the rounding
  /// errors of a sum would show.
  @Test(arguments: [[0.7, -0.7], [0.5, 0.25, -0.75], [0.1, 0.2, -0.3]]) func copiesCancel(
    _ weights: [Double]
  ) throws {
    let adapter = try Self.path("lyc_mixed_algos")
    let base = "\(Zoo.folder)/bases/sd15/unet/diffusion_pytorch_model.safetensors"
    try TestMerge.withTemporaryFolder { folder in
      let copies = try weights.indices.map { index in
        let copy = "\(folder)/copy\(index).safetensors"
        try FileManager.default.copyItem(atPath: adapter, toPath: copy)
        return copy
      }
      let output = "\(folder)/out.safetensors"
      try TestBake.write(Array(zip(copies, weights)), base: base, to: output)
      #expect(try Self.data(output) == Self.data(base))
    }
  }

  /// The number of threads, the container of the base and that of the output do not change a bit.
  @Test func bytesDependOnInputsOnly() throws {
    let adapter = try Self.path("sdxl_kohya_sgm_full")
    let base = Self.single("sdxl_single")
    try TestMerge.withTemporaryFolder { folder in
      let (one, three) = ("\(folder)/1.safetensors", "\(folder)/3.safetensors")
      let first = try TestBake.write([(adapter, 0.8)], base: base, to: one, threads: 1)
      let second = try TestBake.write([(adapter, 0.8)], base: base, to: three, threads: 3)
      #expect(try TestMerge.bytes(one) == TestMerge.bytes(three))
      #expect(first.result.roundingLoss == second.result.roundingLoss)
      let packed = "\(folder)/packed.safetensors.zst"
      try TestBake.write([(adapter, 0)], base: base, to: packed, level: 1)
      let (again, repacked) = ("\(folder)/2.safetensors", "\(folder)/2.safetensors.zst")
      try TestBake.write([(adapter, 0.8)], base: packed, to: again)
      try TestBake.write([(adapter, 0.8)], base: packed, to: repacked, level: 3)
      #expect(try Self.data(again) == Self.data(one))
      let plain = try TestBake.tensors(one, base: Checkpoint(path: one))
      #expect(try TestBake.tensors(repacked, base: Checkpoint(path: repacked)) == plain)
    }
  }

  /// A weight too large for one panel and one unit, of two adapters of different rank: every element
  /// is the rounded sum, but for ties within the rounding of Float32.
  @Test(arguments: [DType.f32, .f16, .bf16]) func elementsAreRoundedOnce(_ dtype: DType) throws {
    let shape = dtype == .f32 ? [1300, 900] : [2900, 3100]
    let name = "down_blocks.0.attentions.0.proj_in"
    let flat = "lora_unet_" + name.replacing(".", with: "_")
    try TestMerge.withTemporaryFolder { folder in
      let base = try SampleBase(tensors: [
        .random("\(name).weight", dtype, shape), .random("conv_in.bias", .f16, [5]),
      ]).write(to: "\(folder)/base.safetensors")
      let adapters = try [(3, 0.7), (2, -0.4)].enumerated().map { index, pair in
        let adapter = SyntheticAdapter(
          modules: [.init(name: flat, shape: shape, rank: pair.0, alpha: 0.01)],
          seed: UInt64(index + 1))
        return (try adapter.write(to: "\(folder)/\(index).safetensors"), pair.1)
      }
      let output = "\(folder)/out.safetensors"
      let outcome = try TestBake.write(
        adapters.map { (path: $0.0, weight: $0.1) }, base: base, to: output)
      let old = try #require(
        TestBake.tensors(base, base: Checkpoint(path: base))["\(name).weight"])
      let new = try #require(
        TestBake.tensors(output, base: Checkpoint(path: base))["\(name).weight"])
      var delta = [Double](repeating: 0, count: old.entry.elementCount)
      for (path, weight) in adapters {
        for (_, own) in try SlowDelta.deltas(ofAdapterAt: path) {
          for index in own.indices { delta[index] += weight * own[index] }
        }
      }
      let largest = SlowDelta.largest(delta)
      var (wrong, lost, total) = (0, 0.0, 0.0)
      for (weight, (change, value)) in zip(old.values, zip(delta, new.values)) {
        let exact = weight + change
        let slack = (abs(weight) + largest * 4) * 0x1p-23
        let low = SlowRounding.rounded(exact - slack, dtype) ?? .nan
        let high = SlowRounding.rounded(exact + slack, dtype) ?? .nan
        if !(low <= value && value <= high) { wrong += 1 }
        lost += (value - exact) * (value - exact)
        total += change * change
      }
      #expect(wrong == 0)
      let share = (lost / total).squareRoot()
      #expect(abs(outcome.result.roundingLoss - share) <= 1e-3 * share)
    }
  }

  /// Adapters of different algorithms and orientations on one base: the sum of what each does alone.
  @Test(arguments: Zoo.pairs) func pairsAdd(_ pair: Zoo.Pair) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out"
      let base = try Checkpoint(path: pair.base)
      let weights = [0.7, 0.3]
      try TestBake.write(
        zip(pair.cases, weights).map { ($0.path, $1) }, base: pair.base, to: output)
      let before = try TestBake.tensors(pair.base, base: base)
      let after = try TestBake.tensors(output, base: base)
      var deltas: [String: [Double]] = [:]
      var limits: [String: Double] = [:]
      for (zoo, weight) in zip(pair.cases, weights) {
        for (name, delta) in try Zoo.expected(zoo.expected) {
          let old = try #require(before[name])
          var sum = deltas[name] ?? [Double](repeating: 0, count: delta.values.count)
          for index in sum.indices { sum[index] += weight * delta.values[index] }
          deltas[name] = sum
          limits[name, default: 0] += zoo.tolerance.limit(
            delta: delta.values, weight: SlowTensor(shape: old.entry.shape, old.values))
        }
      }
      for (name, delta) in deltas {
        let (old, new) = (try #require(before[name]), try #require(after[name]))
        let (limit, dtype) = (limits[name] ?? 0, old.entry.dtype)
        let isRight = zip(zip(old.values, delta), new.values).allSatisfy { sum, value in
          guard let low = SlowRounding.rounded(sum.0 + sum.1 - limit, dtype),
            let high = SlowRounding.rounded(sum.0 + sum.1 + limit, dtype)
          else { return false }
          return (low...high).contains(value)
        }
        #expect(isRight, "\(name)")
      }
    }
  }

  /// Spectra that were kept give the same bytes; damaged ones are not used, and written again.
  @Test func spectraAreKept() throws {
    let adapter = try Self.path("svdiff_unet")
    let base = Self.single("sd15_single")
    try TestMerge.withTemporaryFolder { folder in
      let cache = "\(folder)/cache"
      func bake(_ name: String, cache: String?) throws -> Data {
        let output = "\(folder)/\(name).safetensors"
        try TestBake.write([(adapter, 0.8)], base: base, to: output, cache: cache)
        return try TestMerge.bytes(output)
      }
      let plain = try bake("plain", cache: nil)
      #expect(try bake("first", cache: cache) == plain)
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(cache)/spectra").sorted()
      #expect(files.count > 3)
      let damaged = "\(cache)/spectra/\(files[0])"
      let whole = try TestMerge.bytes(damaged)
      var bytes = whole
      bytes[bytes.count - 3] ^= 0x40
      try bytes.write(to: URL(fileURLWithPath: damaged))
      try Data("no".utf8).write(to: URL(fileURLWithPath: "\(cache)/spectra/\(files[1])"))
      #expect(try bake("second", cache: cache) == plain)
      #expect(try TestMerge.bytes(damaged) == whole)
      // The kept values are what is used: other values make another model.
      let other = try SafetensorsFile(path: damaged)
      #expect(other.entry("values")?.dtype == .f64)
    }
  }
}

extension Zoo {
  /// Two adapters of one base.
  struct Pair: CustomTestStringConvertible, Sendable {
    let cases: [Case]
    var base: String { "\(Zoo.folder)/bases/\(cases[0].base)" }
    var testDescription: String { cases.map(\.id).joined(separator: " + ") }
  }

  /// Each single case with the next of its base.
  ///
  /// Shifts of singular values have a limit, inside which a weight is no factor.
  static let pairs = zip(singles, singles.dropFirst()).map { Pair(cases: [$0, $1]) }
    .filter { $0.cases[0].base == $0.cases[1].base }
    .filter { !$0.cases.contains { $0.id.hasPrefix("svdiff") } }
}
