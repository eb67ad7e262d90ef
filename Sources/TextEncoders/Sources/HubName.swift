/// The name of a model on the Hugging Face hub: `ORGANISATION/NAME@REVISION`.
struct HubName: Sendable, Hashable {
  let organisation: String?
  let name: String
  let revision: String?

  /// Where models without an organisation moved that sentence-transformers once had by name alone.
  private static let sentenceTransformers = "sentence-transformers"

  /// Nil where `text` cannot be such a name, but may be a path.
  init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard path.count <= 2, path.allSatisfy(Self.isPart) else { return nil }
    if parts.count == 2 {
      let steps = parts[1].split(separator: "/", omittingEmptySubsequences: false)
      guard steps.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
    }
    organisation = path.count == 2 ? String(path[0]) : nil
    name = String(path[path.count - 1])
    revision = parts.count == 2 ? String(parts[1]) : nil
  }

  private static func isPart(_ part: Substring) -> Bool {
    guard let first = part.first, first != ".", first != "-" else { return false }
    return part.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".")
    }
  }

  /// The folders of a cache that may hold the model.
  var folders: [String] {
    guard let organisation else {
      return ["models--\(name)", "models--\(Self.sentenceTransformers)--\(name)"]
    }
    return ["models--\(organisation)--\(name)"]
  }

  /// The name without a revision, as it was given.
  var model: String { organisation.map { "\($0)/\(name)" } ?? name }

  /// The command that puts the model into the cache.
  var download: String {
    let model = "\(organisation ?? Self.sentenceTransformers)/\(name)"
    return "hf download \(model)" + (revision.map { " --revision \($0)" } ?? "")
  }
}
