/// How the text of a prompt is read before it is embedded.
///
/// Prompts written for image generators carry syntax that means nothing to a text encoder and moves
/// its vectors away from any description: weights in parentheses, tags that load adapters, words
/// that ask for quality.
package enum PromptSyntax: String, CaseIterable, Sendable {
  /// Removes that syntax where a prompt has it, and leaves all other text alone.
  case auto
  /// Takes the text as it is.
  case plain

  /// Cleans `prompt`; its cost is linear in the prompt's length.
  ///
  /// `auto` does nothing unless the text has a mark that occurs in no ordinary text, see
  /// ``PromptMarks``; so prose, code and formulas keep their parentheses. Underscores stay in words
  /// and items that equal one of `triggerWords`.
  package func clean(_ prompt: String, triggerWords: Set<String> = []) -> CleanedPrompt {
    guard self == .auto else { return CleanedPrompt(text: prompt) }
    let parameters = GenerationParameters(in: prompt)
    let tags = AdapterTags(in: parameters.promptPart)
    var result = CleanedPrompt(text: prompt, adapterNames: tags.names)
    if parameters.areCut { result.notes.append(.cutGenerationParameters) }
    if !tags.names.isEmpty { result.notes.append(.removedTags(names: tags.names)) }

    var items = PromptItems(tags.remainder)
    let isMarked = parameters.areCut || !tags.names.isEmpty
    if isMarked || PromptMarks.occur(in: tags.remainder) || items.haveQualityTag {
      items = PromptItems(BracketSyntax.unwrapped(tags.remainder), dividedAtKeywords: true)
      let dropped = items.dropBoilerplate()
      if !dropped.isEmpty { result.notes.append(.droppedBoilerplate(items: dropped)) }
    } else if !items.areTags {
      return result
    }
    items.spaceUnderscores(except: triggerWords)
    if items.text.isEmpty {
      if !prompt.isEmpty { result.notes.append(.keptAsNothingWasLeft) }
    } else {
      result.text = items.text
    }
    return result
  }
}
