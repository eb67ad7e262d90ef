internal import Formats
internal import TextEncoders

/// The texts of a request: prompts cleaned, keys found.
struct PromptTexts {
  let prompts: PromptSet
  let keys: [AdapterKey]
  private(set) var notes: [String] = []

  init(
    _ library: AdapterLibrary, _ request: WeighingRequest, sharing inputs: SharedInputs
  ) throws {
    var explicit: [Int: [String]] = [:]
    for key in request.keys {
      let (index, text) = try library.divided(key)
      explicit[index, default: []].append(text)
    }
    keys = library.members.enumerated().map { index, member in
      inputs.key(of: member.file, explicit: explicit[index] ?? [], recipe: member.keys)
    }
    notes = keys.flatMap(\.notes)
    let triggers = Set(keys.flatMap(\.triggers))
    var cleaned: [PromptSet.Prompt] = []
    for prompt in request.prompts {
      guard prompt.text.contains(where: { !$0.isWhitespace }) else {
        throw FusionError(.usage, "a prompt is empty")
      }
      let result = request.promptSyntax.clean(prompt.text, triggerWords: triggers)
      notes += result.notes.map { "prompt '\(printable(prompt.text))': \($0)" }
      cleaned.append(.init(text: prompt.text, embedded: result.text, weight: prompt.weight))
    }
    prompts = try PromptSet(cleaned)
  }
}
