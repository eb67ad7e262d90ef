import Formats
import Foundation
import Fusion
import Testing

/// Embeddings inside adapters go into outputs that have names for them, bit for bit.
@Suite struct BundledEmbeddingTests {
  private static func adapter(_ seed: UInt64, _ words: [String], _ folder: String) throws -> String
  {
    let stem = SampleAlgorithm.kohya
    return try TensorFile(
      tensors: [
        .random("\(stem).lora_down.weight", [2, 4], seed: seed),
        .random("\(stem).lora_up.weight", [4, 2], seed: seed + 1),
      ]
        + words.flatMap { word -> [TensorFile.Tensor] in
          [
            .random("bundle_emb.\(word).clip_l", [3, 8], seed: seed + 2),
            .random("bundle_emb.\(word).clip_g", [3, 16], seed: seed + 3),
          ]
        }
    ).write(to: "\(folder)/\(seed).safetensors")
  }

  private static func embeddings(_ path: String) throws -> [String: [UInt8]] {
    let file = try SafetensorsFile(path: path)
    let entries = file.header.tensors.filter { $0.name.string.hasPrefix("bundle_emb.") }
    return try Dictionary(
      uniqueKeysWithValues: entries.map { ($0.name.string, try file.copy($0)) })
  }

  @Test func mergesKeepThemAndTheFirstOfTwoCounts() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (one, other) = try (
        Self.adapter(10, ["cat"], folder), Self.adapter(20, ["cat", "dog"], folder)
      )
      let output = "\(folder)/out.safetensors"
      _ = try TestMerge.write([one, other], weights: [0.5, 0.5], to: output)
      var expected = try Self.embeddings(other).filter { $0.key.contains(".dog.") }
      expected.merge(try Self.embeddings(one)) { _, own in own }
      #expect(expected.count == 4)
      #expect(try Self.embeddings(output) == expected)
    }
  }
}
