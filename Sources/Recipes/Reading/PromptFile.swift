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
  /// - Throws: `RecipeError` with all that is wrong in the file.
  package static func prompts(at path: String) throws(RecipeError) -> [WeighingRequest.Prompt] {
    let (prompts, faults): ([WeighingRequest.Prompt], [RecipeFault])
    do throws(RecipeFault) {
      let file = try TextFile(path: path, limit: sizeLimit)
      let isList = [".json", ".yaml", ".yml"].contains(where: path.hasSuffix)
      (prompts, faults) = isList ? try list(in: file) : (lines(of: file), [])
    } catch {
      throw RecipeError([error])
    }
    guard faults.isEmpty else { throw RecipeError(faults) }
    guard !prompts.isEmpty else {
      let start = RecipePlace(file: path, line: 1, column: 1)
      throw RecipeError([RecipeFault(start, "holds no prompt")])
    }
    return prompts
  }

  private static func lines(of file: TextFile) -> [WeighingRequest.Prompt] {
    file.text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingSpaces }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
      .map { WeighingRequest.Prompt(text: $0) }
  }

  private static func list(
    in file: TextFile
  ) throws(RecipeFault) -> ([WeighingRequest.Prompt], [RecipeFault]) {
    let document = try RecipeDocument(file)
    guard let root = document.root else { return ([], document.faults) }
    var reader = FieldReader(path: file.path)
    let elements = reader.list(root, "a file of prompts") ?? []
    let prompts = elements.compactMap { element -> WeighingRequest.Prompt? in
      if case .mapping = element.content { return reader.weightedPrompt(element) }
      // An encoder has a vector for it too; who needs words says so.
      if case .text("") = element.content { return WeighingRequest.Prompt(text: "") }
      return reader.text(element, "a prompt").map { WeighingRequest.Prompt(text: $0) }
    }
    return (prompts, document.faults + reader.faults)
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
