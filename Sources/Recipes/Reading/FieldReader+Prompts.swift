internal import Formats
internal import Fusion

extension FieldReader {
  /// Prompts: a text, `{text, weight}`, the name of a file of prompts, or a list of these.
  mutating func prompts(_ node: RecipeNode, _ what: String) -> [WeighingRequest.Prompt]? {
    guard let elements = list(node, what, allowsOne: true) else { return nil }
    guard !elements.isEmpty else {
      report(node.place, "\(what) is an empty list")
      return nil
    }
    let before = faults.count
    let found = elements.flatMap { element in prompt(element) ?? [] }
    guard faults.count == before, !found.isEmpty else { return nil }
    guard found.contains(where: { $0.weight > 0 }) else {
      report(node.place, "the weights of the prompts are all 0")
      return nil
    }
    return found
  }

  private mutating func prompt(_ node: RecipeNode) -> [WeighingRequest.Prompt]? {
    if case .mapping = node.content { return weightedPrompt(node).map { [$0] } }
    guard let text = text(node, "a prompt") else { return nil }
    guard PromptFile.isName(text) else { return [WeighingRequest.Prompt(text: text)] }
    let path = resolved(text)
    do {
      let prompts = try PromptFile.prompts(at: path)
      files.append(path)
      return prompts
    } catch {
      // A file that cannot be opened is a fault of the recipe that names it.
      let isMissing = error.kind != .unacceptable
      faults += error.faults.map { fault in
        isMissing
          ? RecipeFault(node.place, "\(path): \(fault.problem)", hint: fault.hint, kind: fault.kind)
          : fault
      }
      return nil
    }
  }

  /// `{text, weight}`.
  mutating func weightedPrompt(_ node: RecipeNode) -> WeighingRequest.Prompt? {
    let known = RecipeFields.Prompt.allCases.map(\.rawValue)
    guard let members = fields(of: node, "a prompt", known: known) else { return nil }
    var text: String?
    var weight: Double? = 1
    for member in members {
      switch RecipeFields.Prompt(rawValue: member.key.value) {
      case .text: text = self.text(member.value, "'text'")
      case .weight:
        weight = number(member.value, "'weight'")
        if let given = weight, given < 0 {
          report(member.value.place, "'weight' is a number from 0 up, not \(Self.shortest(given))")
          weight = nil
        }
      case nil: break
      }
    }
    if members.count == node.memberCount,
      !members.contains(where: { $0.key.value == RecipeFields.Prompt.text.rawValue })
    {
      report(node.place, "a prompt needs the field 'text'")
    }
    guard let text, let weight else { return nil }
    return WeighingRequest.Prompt(text: text, weight: weight)
  }
}
