internal import Formats
package import Fusion

/// Reads prompts from a file: text, one a line, or JSON or YAML.
package enum PromptFile {
  private static let sizeLimit = 64 << 20
  private static let suffixes = [".txt", ".json", ".yaml", ".yml"]

  /// Whether a recipe means a file by `text`, and not a prompt.
  static func isName(_ text: String) -> Bool {
    suffixes.contains(where: text.hasSuffix) && !text.contains(where: \.isNewline)
  }

  /// The prompts in the file at `path`, in order.
  ///
  /// `.json`, `.yaml` and `.yml` hold a list of texts or of `{text, weight}`; every other file holds
  /// one prompt a line, where empty lines and lines that start with `#` are skipped.
  package static func prompts(at path: String) throws(RecipeError) -> [WeighingRequest.Prompt] {
    do {
      let file = try TextFile(path: path, limit: sizeLimit)
      let prompts =
        [".json", ".yaml", ".yml"].contains(where: path.hasSuffix)
        ? try list(in: file) : lines(of: file)
      guard !prompts.isEmpty else {
        throw RecipeError([
          RecipeFault(RecipePlace(file: path, line: 1, column: 1), "holds no prompt")
        ])
      }
      return prompts
    } catch let fault as RecipeFault {
      throw RecipeError([fault])
    } catch let error as RecipeError {
      throw error
    } catch {
      preconditionFailure("every error is a fault")
    }
  }

  private static func lines(of file: TextFile) -> [WeighingRequest.Prompt] {
    file.text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingSpaces }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
      .map { WeighingRequest.Prompt(text: $0) }
  }

  private static func list(in file: TextFile) throws -> [WeighingRequest.Prompt] {
    let document = try RecipeDocument(file)
    var reader = FieldReader(path: file.path)
    reader.faults = document.faults
    guard let root = document.root else { return [] }
    let elements = reader.list(root, "a file of prompts") ?? []
    let prompts = elements.compactMap { element -> WeighingRequest.Prompt? in
      if case .mapping = element.content { return reader.weightedPrompt(element) }
      return reader.text(element, "a prompt").map { WeighingRequest.Prompt(text: $0) }
    }
    guard reader.faults.isEmpty else { throw RecipeError(reader.faults) }
    return prompts
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
