import Formats
import Fusion
import Yams

/// Reads prompts from a file: text, one a line, or JSON or YAML.
enum PromptFile {
  private static let sizeLimit = 64 << 20

  /// The prompts in the file at `path`, in order.
  ///
  /// `.json`, `.yaml` and `.yml` hold a list of texts or of `{text, weight}`; every other file holds
  /// one prompt a line, where empty lines and lines that start with `#` are skipped.
  static func prompts(at path: String) throws -> [WeighingRequest.Prompt] {
    let bytes = try Folder.bytes(ofFile: path, limit: sizeLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FormatError(.unacceptable, file: path, "is not UTF-8 text")
    }
    let prompts: [WeighingRequest.Prompt]
    if path.hasSuffix(".json") {
      prompts = try list(JSONValue(parsing: bytes, file: path), path: path)
    } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      prompts = try yaml(text, path: path)
    } else {
      prompts = text.split(whereSeparator: \.isNewline)
        .map { $0.trimmingSpaces }
        .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        .map { WeighingRequest.Prompt(text: $0) }
    }
    guard !prompts.isEmpty else {
      throw FormatError(.unacceptable, file: path, "holds no prompt")
    }
    return prompts
  }

  private static func list(_ document: JSONValue, path: String) throws -> [WeighingRequest.Prompt] {
    guard let elements = document.elements else {
      throw FormatError(.unacceptable, file: path, "is not a list of prompts")
    }
    return try elements.enumerated().map { index, element in
      let text = element.stringValue ?? element["text"]?.stringValue
      let weight = element["weight"].map(\.doubleValue) ?? 1
      guard let text, let weight else {
        throw FormatError(
          .unacceptable, file: path, place: "prompt \(index + 1)",
          "is neither a text nor {text, weight}")
      }
      return WeighingRequest.Prompt(text: text, weight: weight)
    }
  }

  private static func yaml(_ text: String, path: String) throws -> [WeighingRequest.Prompt] {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw FormatError(.unacceptable, file: path, "is not YAML: \(error)")
    }
    guard let elements = root?.sequence else {
      throw FormatError(.unacceptable, file: path, "is not a list of prompts")
    }
    return try elements.map { element in
      let text = element.scalar?.string ?? element.mapping?["text"]?.scalar?.string
      let weight = element.mapping?["weight"].map(\.float) ?? 1
      guard let text, let weight else {
        let line = element.mark.map { "line \($0.line)" }
        throw FormatError(
          .unacceptable, file: path, place: line, "is neither a text nor {text, weight}")
      }
      return WeighingRequest.Prompt(text: text, weight: weight)
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
