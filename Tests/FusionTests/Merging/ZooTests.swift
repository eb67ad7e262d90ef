import Formats
import Foundation
import Fusion
import Testing

/// Adapters written by diffusers, PEFT and LyCORIS, with the deltas that those libraries compute.
@Suite struct ZooTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let id: String
    let path: String
    let expected: String
    let base: String
    let parts: [(id: String, weight: Double)]
    var testDescription: String { id }
  }

  static let folder = TestMerge.fixtures + "/zoo"

  static let cases: [Case] = {
    guard let data = FileManager.default.contents(atPath: folder + "/manifest.json"),
      let manifest = try? JSONValue(parsing: Array(data), file: "manifest"),
      let entries = manifest["cases"]?.elements
    else { return [] }
    return entries.filter { $0["kind"]?.stringValue != "bake" }.compactMap { entry in
      guard let id = entry["id"]?.stringValue, let expected = entry["expected"]?.stringValue,
        let base = entry["base"]?.stringValue
      else { return nil }
      // A configuration means a PEFT folder.
      let adapter = entry["adapter"]?.stringValue ?? ""
      let isFolder = adapter.hasSuffix("adapter_model.safetensors")
      return Case(
        id: id,
        path:
          "\(folder)/\(isFolder ? String(adapter.dropLast("/adapter_model.safetensors".count)) : adapter)",
        expected: "\(folder)/\(expected)", base: base,
        parts: (entry["parts"]?.elements ?? []).map {
          ($0["case"]?.stringValue ?? "", $0["weight"]?.doubleValue ?? .nan)
        })
    }
  }()

  /// The cases that this version reads; every other one must be refused by name.
  static let read: Set<String> = [
    "diff_classic_unet_te", "diff_peft_conv_meta", "diff_save_lora_adapter",
    "diff_patterns_rslora", "diff_legacy_attnprocs_unet_te", "diff_legacy_attnprocs_noprefix",
    "kohya_from_diffusers_converter", "kohya_sd15_full_fp16", "kohya_bf16", "diff_te_flattened",
    "kohya_no_alpha", "sdxl_diffusers_unet_te1_te2", "sdxl_kohya_sgm_full", "flux_diffusers",
    "lyc_kohya_sd15_rslora", "peft_lora", "peft_rslora", "peft_patterns", "peft_patterns_regex",
    "peft_gpt2_fan_in_fan_out", "peft_lm_head_layers", "peft_lora_fp16", "peft_lora_bf16",
    "peft_unet",
  ]
  /// Read, but in names whose weights cannot be found without the base.
  static let readFlat: Set<String> = [
    "flux_kohya_fused", "flux_kohya_split_qkv", "flux_onetrainer_mixture",
  ]

  static let singles = cases.filter { $0.parts.isEmpty }
  static let mixes = cases.filter {
    Set($0.parts.map(\.id)).isSubset(of: read) && !$0.parts.isEmpty
  }

  @Test func corpusIsThere() {
    #expect(Self.singles.count >= 78)
    #expect(Set(Self.mixes.map(\.id)) == ["mix_kohya_diffusers", "mix_peft"])
    #expect(Self.read.isSubset(of: Set(Self.singles.map(\.id))))
  }

  /// What the library computed, by the name of the weight.
  static func expected(_ path: String) throws -> [String: [Double]] {
    let file = try SafetensorsFile(path: path)
    return try Dictionary(
      uniqueKeysWithValues: file.header.tensors.map {
        ($0.name.string, try SlowDelta.values(of: $0, in: file))
      })
  }

  static func name(of target: ModuleTarget) -> String {
    let path = target.path + ".weight"
    return target.component == .model ? path : "\(target.component.rawValue)/\(path)"
  }

  /// Compares with the stated tolerance, `first + second · max |delta|`; GPT-2 stores its weights
  /// as `[in, out]`.
  static func compare(
    _ deltas: [ModuleTarget: [Double]], shapes: [ModuleTarget: [Int]],
    with expected: [String: [Double]],
    isTransposed: Bool, tolerance: (Double, Double)
  ) {
    #expect(Set(deltas.keys.map(name)) == Set(expected.keys))
    for (target, delta) in deltas {
      guard var reference = expected[name(of: target)] else { continue }
      if isTransposed, let shape = shapes[target] {
        let (out, inner) = (shape[0], shape[1])
        let source = reference
        for row in 0..<out {
          for column in 0..<inner { reference[row * inner + column] = source[column * out + row] }
        }
      }
      let limit = tolerance.0 + tolerance.1 * SlowDelta.largest(reference)
      #expect(SlowDelta.distance(delta, reference) <= limit, "\(target)")
    }
  }

  static func shapes(_ path: String) throws -> [ModuleTarget: [Int]] {
    try Dictionary(
      uniqueKeysWithValues: AdapterFile(path: path).modules.map { ($0.target, $0.weightShape) })
  }

  @Test(arguments: singles) func isReadAsTheLibraryReadsItOrRefused(_ zoo: Case) throws {
    if Self.readFlat.contains(zoo.id) { return }
    guard Self.read.contains(zoo.id) else {
      let error = #expect(throws: FormatError.self) { try AdapterFile(path: zoo.path) }
      #expect(error?.kind == .unacceptable || error?.kind == .unsupported)
      return
    }
    Self.compare(
      try SlowDelta.deltas(ofAdapterAt: zoo.path), shapes: try Self.shapes(zoo.path),
      with: try Self.expected(zoo.expected), isTransposed: zoo.base == "gpt2",
      tolerance: (1e-6, 1e-5))
  }

  /// Law 1: one adapter with weight 1 is the adapter, in every dialect that can name its modules.
  @Test(arguments: singles.filter { read.contains($0.id) })
  func weightOneIsTheIdentity(_ zoo: Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write(
        [zoo.path], weights: [1], to: output, options: MergeOptions(dtype: .f32))
      Self.compare(
        try SlowDelta.deltas(ofAdapterAt: output), shapes: try Self.shapes(output),
        with: try Self.expected(zoo.expected), isTransposed: zoo.base == "gpt2",
        tolerance: (1e-6, 1e-5))
    }
  }

  /// Law 1: where the dialect keeps the scale, the factors are copied bit for bit.
  @Test(arguments: singles.filter { read.contains($0.id) && $0.id.contains("kohya") })
  func factorsAreCopied(_ zoo: Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write([zoo.path], weights: [1], to: output)
      let (before, after) = (try AdapterFile(path: zoo.path), try AdapterFile(path: output))
      #expect(before.modules.count == after.modules.count)
      for (old, new) in zip(before.modules, after.modules) {
        #expect(old.stem == new.stem)
        #expect(Float(old.scale.value) == Float(new.scale.value))
        for (a, b) in [(old.down, new.down), (old.up, new.up)] {
          #expect(a.dtype == b.dtype)
          #expect(
            try before.tensors.withBytes(of: a) { $0.copied() }
              == after.tensors.withBytes(of: b) { $0.copied() })
        }
      }
    }
  }

  /// Law 2, on mixes of which the libraries gave the sum.
  @Test(arguments: mixes) func mixIsTheExactSum(_ zoo: Case) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out.safetensors"
      let parts = try zoo.parts.map { part in
        try #require(Self.singles.first { $0.id == part.id }).path
      }
      _ = try TestMerge.write(
        parts, weights: zoo.parts.map(\.weight), to: output, options: MergeOptions(dtype: .f32))
      Self.compare(
        try SlowDelta.deltas(ofAdapterAt: output), shapes: try Self.shapes(output),
        with: try Self.expected(zoo.expected), isTransposed: false, tolerance: (2e-6, 2e-5))
    }
  }
}
