/// What is left of a prompt to embed, and what was taken out of it.
package struct CleanedPrompt: Hashable, Sendable {
  /// The text to embed; empty only if the prompt was.
  package var text: String

  /// The names in `<lora:name:weight>` and the like, in order, each once.
  package var adapterNames: [String] = []

  /// What was done, in the order it was done.
  package var notes: [PromptNote] = []
}

/// One thing that cleaning did to a prompt.
package enum PromptNote: Hashable, Sendable {
  case cutGenerationParameters
  case removedTags(names: [String])
  case droppedBoilerplate(items: [String])
  case keptAsNothingWasLeft
}

extension PromptNote: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cutGenerationParameters:
      "cut the negative prompt and the generation parameters"
    case .removedTags(let names):
      "removed tags that name adapters: \(names.joined(separator: ", "))"
    case .droppedBoilerplate(let items):
      "dropped quality words: \(items.joined(separator: ", "))"
    case .keptAsNothingWasLeft:
      "took the text as it is, as cleaning left nothing"
    }
  }
}
