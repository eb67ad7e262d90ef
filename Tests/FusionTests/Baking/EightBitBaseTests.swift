import Formats
import Foundation
import Fusion
import Testing

/// Bases of 8 bits, with and without scales.
@Suite struct EightBitBaseTests {
  private static let name = "model.layers.0.self_attn.q_proj"
  private static let shape = [24, 40]

  struct Scale: CustomTestStringConvertible, Sendable {
    let suffix: String?
    let values: [Float]
    var testDescription: String { "\(suffix ?? "none"), \(values.count)" }
  }

  static let scales = [
    Scale(suffix: nil, values: [1]), Scale(suffix: "scale_weight", values: [0.013]),
    Scale(suffix: "weight_scale", values: [2.5]),
    Scale(suffix: "weight_scale", values: (1...24).map { Float($0) * 0.01 }),
  ]

  private static func adapter(_ folder: String) throws -> String {
    let adapter = SyntheticAdapter(
      modules: [
        .init(name: "lycoris_model_layers_0_self_attn_q_proj", shape: shape, rank: 2, alpha: 1)
      ],
      seed: 5)
    return try adapter.write(to: "\(folder)/adapter.safetensors")
  }

  @Test(arguments: [DType.f8e4m3, .f8e5m2], scales) func sumsKeepTheScale(
    _ dtype: DType, _ scale: Scale
  ) throws {
    try TestMerge.withTemporaryFolder { folder in
      var tensors: [SampleBase.Tensor] = [
        .random("\(Self.name).weight", dtype, Self.shape, scale: 30),
        .random("model.layers.0.mlp.gate_proj.weight", dtype, [8, 40]),
      ]
      if let suffix = scale.suffix {
        tensors.append(
          .init(
            name: "\(Self.name).\(suffix)", dtype: .f32,
            shape: scale.values.count == 1 ? [] : [scale.values.count], values: scale.values))
      }
      let base = try SampleBase(tensors: tensors).write(to: "\(folder)/base.safetensors")
      let (adapter, output) = (try Self.adapter(folder), "\(folder)/out.safetensors")
      try TestBake.write([(adapter, 0.5)], base: base, to: output)
      let checkpoint = try Checkpoint(path: base)
      let before = try TestBake.tensors(base, base: checkpoint)
      let after = try TestBake.tensors(output, base: checkpoint)
      let delta = try #require(SlowDelta.deltas(ofAdapterAt: adapter).values.first)
      let weight = "\(Self.name).weight"
      let (old, new) = (try #require(before[weight]), try #require(after[weight]))
      for (name, tensor) in before where name != weight { #expect(after[name] == tensor) }
      var changes = 0
      for index in delta.indices {
        let row = index / Self.shape[1]
        let factor = Double(scale.values.count == 1 ? scale.values[0] : scale.values[row])
        let exact = (old.values[index] * factor + 0.5 * delta[index]) / factor
        let slack = (abs(old.values[index]) + abs(delta[index] / factor)) * 0x1p-22
        let low = SlowRounding.rounded(exact - slack, dtype) ?? .nan
        let high = SlowRounding.rounded(exact + slack, dtype) ?? .nan
        #expect((low...high).contains(new.values[index]))
        changes += new.values[index] != old.values[index] ? 1 : 0
      }
      #expect(changes > 0)
    }
  }

  @Test func missingScaleIsRefused() throws {
    try TestMerge.withTemporaryFolder { folder in
      let base = try SampleBase(tensors: [
        .random("\(Self.name).weight", .f8e4m3, Self.shape),
        .random("scaled_fp8", .f8e4m3, [2]),
      ]).write(to: "\(folder)/base.safetensors")
      let adapter = try Self.adapter(folder)
      let error = #expect(throws: FormatError.self) {
        try TestBake.write([(adapter, 1)], base: base, to: "\(folder)/out.safetensors")
      }
      #expect(error?.place == "tensor '\(Self.name).weight'")
      #expect(error?.problem.contains("scale_weight") == true)
    }
  }
}
