/// Other names for the weights of one base model.
struct ModuleAliases: Sendable {
  /// nil where two weights have the same name.
  private let flat: [Name: ModuleStack?]

  /// A path with underscores for dots.
  ///
  /// Each text encoder has names of its own; what else a model
  /// consists of is called differently by different trainers.
  private struct Name: Hashable {
    let textEncoder: ModelComponent?
    let path: String

    init(_ path: String, of component: ModelComponent) {
      textEncoder = component.isTextEncoder ? component : nil
      self.path = String(path.map { $0 == "." ? "_" : $0 })
    }
  }

  private static let levels = [
    "model.", "language_model.", "model.language_model.", "transformer.", "gpt_neox.", "bert.",
    "roberta.", "distilbert.", "electra.", "deberta.",
  ]

  init(of tensors: [CheckpointTensor]) {
    var flat: [Name: ModuleStack?] = [:]
    for tensor in tensors where tensor.stack.target.parameter == .weight {
      var keys = Set(tensor.stack.pieces.count == 1 ? tensor.stack.pieces.map(\.target.path) : [])
      keys.insert(tensor.stack.target.path)
      if let own = ParameterName(tensor.entry.name.string[...]) { keys.insert(String(own.path)) }
      let component = tensor.stack.target.component
      for key in Set(keys.map { Name($0, of: component) }) {
        if let other = flat[key], other != tensor.stack {
          flat[key] = .some(nil)
        } else {
          flat[key] = tensor.stack
        }
      }
    }
    self.flat = flat
  }

  /// The stack of weights that `target`, which is no canonical name of the model, stands for.
  func stack(of target: ModuleTarget) -> ModuleStack? {
    var names = [target.path]
    if target.component == .model {
      for level in Self.levels {
        names.append(level + target.path)
        if target.path.hasPrefix(level) { names.append(String(target.path.dropFirst(level.count))) }
      }
    }
    for name in names {
      guard let stack = flat[Name(name, of: target.component)] ?? nil else { continue }
      return target.parameter == .bias ? stack.bias : stack
    }
    return nil
  }
}
