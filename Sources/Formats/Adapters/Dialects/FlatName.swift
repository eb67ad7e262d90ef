/// Finds the dots in a name whose dots became underscores.
///
/// `down_blocks_0_attn1_to_q` has one reading with the words that the modules of diffusers UNets
/// and Hugging Face text encoders are made of; a name with another word has none here.
enum FlatName {
  /// The words, each possibly with underscores inside.
  ///
  /// No word is another plus further words,
  /// so at most one reading exists.
  private static let words: Set<Substring> = [
    // UNet, diffusers
    "down_blocks", "up_blocks", "mid_block", "attentions", "resnets", "transformer_blocks",
    "attn1", "attn2", "to_q", "to_k", "to_v", "to_out", "ff", "net", "proj", "proj_in", "proj_out",
    "conv1", "conv2", "conv", "conv_in", "conv_out", "conv_shortcut", "time_emb_proj",
    "downsamplers", "upsamplers", "time_embedding", "add_embedding", "linear_1", "linear_2",
    "norm", "norm1", "norm2", "norm3", "conv_norm_out",
    // UNet, original
    "input_blocks", "middle_block", "output_blocks", "in_layers", "out_layers", "emb_layers",
    "skip_connection", "op", "time_embed", "label_emb", "out",
    // text encoders
    "text_model", "encoder", "layers", "self_attn", "q_proj", "k_proj", "v_proj", "out_proj",
    "mlp", "fc1", "fc2", "text_projection", "embeddings", "token_embedding", "position_embedding",
    "layer_norm1", "layer_norm2", "final_layer_norm", "block", "layer", "SelfAttention", "q", "k",
    "v", "o", "DenseReluDense", "wi_0", "wi_1", "wi", "wo",
  ]
  /// How many pieces between underscores the words have that start with a piece, longest first.
  private static let pieceCounts: [Substring: [Int]] = {
    let pieces = words.map { $0.split(separator: "_") }
    return Dictionary(grouping: pieces) { $0[0] }.mapValues { words in
      Set(words.map(\.count)).sorted(by: >)
    }
  }()

  /// `flat` with its dots; nil if it holds a word that is not known.
  static func path(of flat: String) -> String? {
    let pieces = pieces(of: flat)
    var (path, index) = ("", 0)
    path.reserveCapacity(flat.utf8.count)
    while index < pieces.count {
      guard let (part, count) = longestPart(of: flat, from: pieces[index...]) else { return nil }
      if index > 0 { path += "." }
      path += part
      index += count
    }
    return path
  }

  /// `flat` between its underscores, told by bytes: characters take far longer to tell.
  private static func pieces(of flat: String) -> [Substring] {
    flat.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
      .map { Substring($0) }
  }

  private static func longestPart(
    of flat: String, from pieces: ArraySlice<Substring>
  ) -> (Substring, Int)? {
    guard let first = pieces.first, !first.isEmpty else { return nil }
    for count in pieceCounts[first] ?? [] where count <= pieces.count {
      let part = flat[first.startIndex..<pieces[pieces.startIndex + count - 1].endIndex]
      if words.contains(part) { return (part, count) }
    }
    let isNumber = first.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return isNumber ? (first, 1) : nil
  }
}
