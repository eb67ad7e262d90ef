package import Formats

/// Which modules of the adapters have a place in the base.
package struct BakeCoverage: Sendable {
  /// Distinct modules, those of text encoders apart, and how many of each have a place.
  package private(set) var main = Count()
  package private(set) var textEncoders = Count()
  /// Modules without a place, which are left out.
  package private(set) var unmatched: [ModuleTarget] = []
  /// Modules without a place that would change nothing, such as padding with zeros.
  package private(set) var void: [ModuleTarget] = []

  package struct Count: Sendable, Hashable {
    package fileprivate(set) var matched = 0
    package fileprivate(set) var total = 0
  }

  package var matched: Int { main.matched + textEncoders.matched }

  /// `722/722 modules, 264 text-encoder modules`.
  package var sentence: String {
    var parts: [String] = []
    if main.total > 0 || textEncoders.total == 0 {
      parts.append("\(main.matched)/\(main.total) modules")
    }
    if textEncoders.total > 0 {
      let matched =
        textEncoders.matched == textEncoders.total
        ? "\(textEncoders.total)" : "\(textEncoders.matched)/\(textEncoders.total)"
      parts.append("\(matched) text-encoder modules")
    }
    return parts.joined(separator: ", ")
  }

  /// - Throws: `FormatError` for a module without a place, unless `allowsUnmatched`.
  init(
    of files: [AdapterFile], in checkpoint: Checkpoint, allowsUnmatched: Bool
  ) throws {
    var seen: Set<ModuleTarget> = []
    var missing: [(file: AdapterFile, module: AdapterModule)] = []
    for file in files {
      for module in file.modules {
        let hasPlace = module.stack.pieces.allSatisfy { checkpoint.stack(of: $0.target) != nil }
        let isNew = seen.insert(module.target).inserted
        if !hasPlace {
          if try module.isOptional || ZeroModule.isZero(module, of: file) {
            if isNew { void.append(module.target) }
            continue
          }
          missing.append((file, module))
          if isNew { unmatched.append(module.target) }
        }
        guard isNew else { continue }
        let isEncoder = module.target.component.isTextEncoder
        let count = Count(matched: hasPlace ? 1 : 0, total: 1)
        if isEncoder { textEncoders += count } else { main += count }
      }
    }
    void.sort()
    unmatched.sort()
    if let first = missing.first, !allowsUnmatched {
      throw Self.fault(first.file, first.module, count: missing.count, checkpoint)
    }
  }

  private static func fault(
    _ file: AdapterFile, _ module: AdapterModule, count: Int, _ checkpoint: Checkpoint
  ) -> FormatError {
    let others = count > 1 ? ", nor have \(count - 1) other modules" : ""
    let family = checkpoint.family.name.map { " (\($0))" } ?? ""
    let nearest = NearestNames(to: module.target, in: checkpoint.targets).names
    let hint =
      nearest.isEmpty
      ? "the base has no part '\(module.target.component.rawValue)'"
      : "nearest in the base: " + nearest.map { "'\($0)'" }.joined(separator: ", ")
    return FormatError(
      .unacceptable, file: file.path, place: "module '\(module.target)'",
      "has no place in the base \(printable(checkpoint.path))\(family)\(others)",
      remedy: hint + "; --allow-unmatched leaves such modules out")
  }
}

extension BakeCoverage.Count {
  fileprivate static func += (a: inout Self, b: Self) {
    a.matched += b.matched
    a.total += b.total
  }
}

/// Modules that trainers write for weights that they did not train.
private enum ZeroModule {
  /// Whether the change is zero, because a factor of it is.
  static func isZero(_ module: AdapterModule, of file: AdapterFile) throws -> Bool {
    let tensor: TensorEntry
    switch module.algorithm {
    case .lora(let lora): tensor = lora.up
    case .difference(let difference): tensor = difference.tensor
    default: return false
    }
    let size = max(1, tensor.dtype.bitCount / 8)
    return try file.tensors.withBytes(of: tensor) { $0.isZero(inElementsOf: size) }
  }
}
