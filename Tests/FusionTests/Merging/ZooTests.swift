import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// Adapters written by diffusers, PEFT and LyCORIS, with the deltas that those libraries compute.
///
/// The cases are those of the manifest; a new one needs no code.
@Suite struct ZooTests {
  @Test func corpusIsThere() {
    #expect(Zoo.singles.count >= 78)
    #expect(Zoo.mixes.count >= 6)
  }

  /// Compares with the stated tolerance.
  static func compare(
    _ deltas: [ModuleTarget: [Double]], with expected: [String: SlowTensor], _ zoo: Zoo.Case,
    base: Zoo.Base
  ) throws {
    #expect(Set(deltas.keys.map(Zoo.name)) == Set(expected.keys))
    for (target, delta) in deltas {
      guard let reference = expected[Zoo.name(of: target)] else { continue }
      let limit = zoo.tolerance.limit(delta: reference.values, weight: try base.weight(target))
      let distance = SlowDelta.distance(delta, reference.values)
      #expect(distance <= limit, "\(target): \(distance) > \(limit)")
    }
  }

  /// The deltas that Fusion computes with the base at hand, each as the model stores the weight.
  static func deltas(
    _ adapters: [(path: String, weight: Double)], base: Zoo.Base
  ) throws -> [ModuleTarget: [Double]] {
    let library = try AdapterLibrary(paths: adapters.map(\.path), threads: 2)
    let reader = PartReader(library.members)
    let union = try ModuleUnion(of: library.members, active: Array(adapters.indices))
    var deltas: [ModuleTarget: [Double]] = [:]
    for unit in union.units {
      guard let stored = try base.weight(unit.target) else {
        #expect(unit.entries.allSatisfy { $0.module.isOptional }, "\(unit.target)")
        continue
      }
      let isTransposed = unit.entries[0].module.layout != .asDescribed
      let weight = isTransposed ? stored.matrix.transposed : stored.matrix
      let parts = unit.entries.map { FusedModule.Part($0, weight: adapters[$0.adapter].weight) }
      let sum = try reader.sum(
        of: parts, in: unit.stack, rows: weight.rows, columns: weight.columns,
        base: base.matrix(for:))
      let delta = SlowTensor(shape: [sum.rows, sum.columns], sum.elements.map { Double($0) })
      deltas[unit.target] = (isTransposed ? delta.transposed : delta).values
    }
    return deltas
  }

  /// Laws 1 and 2, with the base at hand.
  @Test(arguments: Zoo.cases) func deltasAreThoseOfTheLibrary(_ zoo: Zoo.Case) throws {
    let base = try Zoo.Base(zoo.base)
    try Self.compare(
      Self.deltas(try Zoo.adapters(of: zoo), base: base), with: try Zoo.expected(zoo.expected),
      zoo, base: base)
  }

  /// The slow path of these tests agrees with the libraries too.
  @Test(arguments: Zoo.singles) func slowPathIsThatOfTheLibrary(_ zoo: Zoo.Case) throws {
    let base = try Zoo.Base(zoo.base)
    try Self.compare(
      SlowDelta.deltas(ofAdapterAt: zoo.path, base: base.weight), with: Zoo.expected(zoo.expected),
      zoo, base: base)
  }

  /// Whether an adapter can be written, or why not: it acts on the base, or no dialect holds it.
  static func merge(_ zoo: Zoo.Case, to output: String) throws -> Bool {
    let adapters = try Zoo.adapters(of: zoo)
    let files = try adapters.map { try AdapterFile(path: $0.path) }
    let needsBase = files.contains { $0.modules.contains(where: \.algorithm.needsBase) }
    let hasBiases = files.contains { file in
      file.modules.contains { $0.target.parameter == .bias } && file.dialect != .kohya
    }
    let options = MergeOptions(dtype: .f32)
    if needsBase || hasBiases {
      let error = #expect(throws: FormatError.self) {
        try TestMerge.write(
          adapters.map(\.path), weights: adapters.map(\.weight), to: output, options: options)
      }
      #expect(error?.remedy?.contains("--base") == true)
      return false
    }
    _ = try TestMerge.write(
      adapters.map(\.path), weights: adapters.map(\.weight), to: output, options: options)
    return true
  }

  /// Laws 1 and 2 without a base: the written adapter has the sum of the deltas.
  @Test(arguments: Zoo.cases) func writtenAdapterHasTheSum(_ zoo: Zoo.Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      guard try Self.merge(zoo, to: output) else { return }
      let base = try Zoo.Base(zoo.base)
      var deltas = try SlowDelta.deltas(ofAdapterAt: output)
      if zoo.base == "gpt2" {
        // A single file has no configuration that says how the model stores its weights.
        for (target, delta) in deltas {
          guard let shape = try base.weight(target)?.shape else { continue }
          deltas[target] = SlowTensor(shape: shape.reversed(), delta).transposed.values
        }
      }
      try Self.compare(deltas, with: try Zoo.expected(zoo.expected), zoo, base: base)
    }
  }

  /// Law 1: where the dialect keeps the scale, the factors are copied bit for bit.
  @Test(arguments: Zoo.singles) func factorsAreCopied(_ zoo: Zoo.Case) throws {
    let before = try AdapterFile(path: zoo.path)
    guard before.dialect == .kohya, before.modules.allSatisfy({ $0.storedFactors != nil }),
      before.modules.allSatisfy({ !$0.dtypes.contains(.f8e4m3) && !$0.stem.hasPrefix("lycoris") })
    else { return }
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write([zoo.path], weights: [1], to: output)
      let after = try AdapterFile(path: output)
      #expect(before.modules.map(\.target) == after.modules.map(\.target))
      for (old, new) in zip(before.modules, after.modules) {
        #expect(old.stem == new.stem)
        #expect(Float(old.scale.value) == Float(new.scale.value))
        for (a, b) in zip(old.tensors, new.tensors) {
          #expect(a.dtype == b.dtype)
          let copied = try before.tensors.copy(a) == after.tensors.copy(b)
          #expect(copied)
        }
      }
    }
  }
}
