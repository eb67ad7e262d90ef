internal import Formats

/// What becomes of changes where a language model's output head is its embedding
/// (`tie_word_embeddings` of its `config.json`).
///
/// Runtimes that tie the two read one of them and ignore the other, if it is stored at all.
struct TiedEmbeddings {
  private static let embeddings = [
    "embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight",
  ]
  private static let heads = ["lm_head.weight", "embed_out.weight"]

  /// The largest configuration that is read.
  private static let configLimit = 1 << 20

  /// What to know of `changed` tensors of `checkpoint`, in sentences; nothing for models that do not tie.
  static func warnings(changed: [TensorEntry], in checkpoint: Checkpoint) -> [String] {
    guard checkpoint.isFolder, isTied(checkpoint) else { return [] }
    func first(_ ends: [String], in names: [String]) -> String? {
      names.first { name in ends.contains { name == $0 || name.hasSuffix(".\($0)") } }
    }
    let names = changed.map(\.name.string)
    let stored = checkpoint.tensors.map(\.entry.name.string)
    let (embedding, head) = (first(embeddings, in: names), first(heads, in: names))
    var warnings: [String] = []
    if let head {
      warnings.append(
        "'\(printable(head))' changes, and config.json ties it to the embedding: runtimes that honour "
          + "tie_word_embeddings do not read it; set that to false in the output to keep the change"
      )
    }
    if let embedding, first(heads, in: stored) == nil || head == nil {
      warnings.append(
        "'\(printable(embedding))' changes, and config.json ties the output head to it: the change acts "
          + "on the head too, where tie_word_embeddings is honoured")
    }
    return warnings
  }

  private static func isTied(_ checkpoint: Checkpoint) -> Bool {
    let path = "\(checkpoint.folder)/config.json"
    guard let bytes = try? Folder.bytes(ofFile: path, limit: configLimit),
      let config = try? JSONValue(parsing: bytes, file: path)
    else { return false }
    return (config["tie_word_embeddings"] ?? config["text_config"]?["tie_word_embeddings"])?
      .boolValue ?? false
  }
}

extension BakePlan {
  /// What a careful user would want to know of the model that comes out, in sentences.
  package var warnings: [String] {
    TiedEmbeddings.warnings(changed: targets.map(\.tensor.entry), in: checkpoint)
  }
}
