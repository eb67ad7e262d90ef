/// Other names for the weights of one base model.
struct ModuleAliases: Sendable {
  /// By the path with underscores for dots; nil where two weights have the same.
  private let flat: [String: ModuleStack?]

  private static let levels = ["model.", "language_model.", "model.language_model.", "bert."]

  init(of tensors: [CheckpointTensor]) {
    var flat: [String: ModuleStack?] = [:]
    for tensor in tensors where tensor.stack.target.parameter == .weight {
      var keys = Set(tensor.stack.pieces.count == 1 ? tensor.stack.pieces.map(\.target.path) : [])
      keys.insert(tensor.stack.target.path)
      if let own = ParameterName(tensor.entry.name.string[...]) { keys.insert(String(own.path)) }
      for key in Set(keys.map(Self.flattened)) {
        if let other = flat[key], other != tensor.stack {
          flat[key] = .some(nil)
        } else {
          flat[key] = tensor.stack
        }
      }
    }
    self.flat = flat
  }

  private static func flattened(_ path: String) -> String {
    String(path.map { $0 == "." ? "_" : $0 })
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
      guard let stack = flat[Self.flattened(name)] ?? nil else { continue }
      return target.parameter == .bias ? stack.bias : stack
    }
    return nil
  }
}
