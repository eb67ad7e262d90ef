import Testing
import TextEncoders

@Suite("Transformer block in a CLIP tower: norms before, causal mask, quick gelu")
struct TransformerBlockTests {
  let tensors: DenseTensors
  let blocks: [TransformerBlock]
  private let width = 32

  init() throws {
    let tensors = try DenseTensors("clip-tiny/model.safetensors")
    blocks = try (0..<2).map { layer in
      let prefix = "text_model.encoder.layers.\(layer)."
      func square(_ name: String) throws -> Linear {
        try tensors.linear(prefix + "self_attn." + name, inputs: 32, outputs: 32)
      }
      return TransformerBlock(
        attention: Attention(
          query: try square("q_proj"), key: try square("k_proj"), value: try square("v_proj"),
          output: try square("out_proj"), heads: 4, mask: .causal),
        attentionNorm: try tensors.norm(prefix + "layer_norm1", width: 32),
        expand: try tensors.linear(prefix + "mlp.fc1", inputs: 32, outputs: 64),
        activation: .quickGelu,
        contract: try tensors.linear(prefix + "mlp.fc2", inputs: 64, outputs: 32),
        outputNorm: try tensors.norm(prefix + "layer_norm2", width: 32), norms: .before)
    }
    self.tensors = tensors
  }

  @Test("gives the reference's hidden states, all sequences in one batch")
  func hiddenStates() throws {
    let rows = try Fixture.json("clip-tiny/expected.json", as: ExpectedRows.self).rows
    let expected = try Fixture.tensors("clip-tiny/expected.safetensors")
    var (x, sequences): ([Float], [Range<Int>]) = ([], [])
    for row in rows {
      let start = x.count / width
      x += try embedded(row.ids)
      sequences.append(start..<start + row.ids.count)
    }
    var tile: [Float] = []
    for block in blocks { block.apply(to: &x, sequences, tile: &tile) }
    try tensors.norm("text_model.final_layer_norm", width: width).apply(to: &x)
    for (index, sequence) in sequences.enumerated() {
      let found = Array(x[sequence.lowerBound * width..<sequence.upperBound * width])
      let reference = try #require(expected["\(index).last_hidden_state"])
      #expect(largestDifference(found, reference) < 2e-5, "\(rows[index].text)")
    }
  }

  private func embedded(_ ids: [Int]) throws -> [Float] {
    let prefix = "text_model.embeddings."
    let words = try #require(tensors.tensors[prefix + "token_embedding.weight"])
    let positions = try #require(tensors.tensors[prefix + "position_embedding.weight"])
    return ids.enumerated().flatMap { position, id in
      (0..<width).map { words[id * width + $0] + positions[position * width + $0] }
    }
  }
}
