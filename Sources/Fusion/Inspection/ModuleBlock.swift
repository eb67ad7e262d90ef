package import Formats

/// A block of a model, and the modules in it that an adapter changes.
package struct ModuleBlock: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    case attention
    case feedForward = "feed-forward"
    case convolution
    case norm
    case other
  }

  package let component: ModelComponent
  /// The modules' path up to its first number, such as `down_blocks.1`, or its first word.
  package let path: String
  /// Indices of the modules, ascending.
  package private(set) var modules: [Int]
  /// How many modules are of each kind.
  package private(set) var counts: [Kind: Int]

  /// The component and the path.
  package var name: String { component == .model ? path : "\(component.rawValue).\(path)" }

  /// The blocks of `modules`, in the order in which people count them.
  package static func blocks(of modules: [AdapterModule]) -> [ModuleBlock] {
    var places: [String: Int] = [:]
    var blocks: [ModuleBlock] = []
    for (index, module) in modules.enumerated() {
      let path = path(of: module.target.path)
      let place = places["\(module.target.component.rawValue)/\(path)"] ?? blocks.count
      if place == blocks.count {
        places["\(module.target.component.rawValue)/\(path)"] = place
        blocks.append(
          ModuleBlock(component: module.target.component, path: path, modules: [], counts: [:]))
      }
      blocks[place].modules.append(index)
      blocks[place].counts[kind(of: module), default: 0] += 1
    }
    return blocks.sorted {
      ($0.component.rawValue, numbered($0.path)) < ($1.component.rawValue, numbered($1.path))
    }
  }

  /// The middle of a UNet is one block, whatever is in it.
  private static let undivided = "mid_block"

  /// `path` with its number padded, so that 10 comes behind 9.
  static func numbered(_ path: String) -> String {
    path.split(separator: ".").map { part in
      part.allSatisfy(\.isNumber)
        ? String(repeating: "0", count: max(0, 8 - part.count)) + part : String(part)
    }.joined(separator: ".")
  }

  static func path(of path: String) -> String {
    let parts = path.split(separator: ".")
    guard let number = parts.firstIndex(where: { $0.allSatisfy(\.isNumber) }),
      parts[0] != undivided
    else { return parts.first.map(String.init) ?? path }
    return parts[...number].joined(separator: ".")
  }

  private static func kind(of module: AdapterModule) -> Kind {
    if let shape = module.weightShape, shape.count > 2 { return .convolution }
    let parts = module.target.path.split { $0 == "." || $0 == "_" }
    func has(_ words: [Substring]) -> Bool { parts.contains(where: words.contains) }
    if module.weightShape?.count == 1, has(["norm", "norm1", "norm2", "norm3", "layernorm"]) {
      return .norm
    }
    if has(["ff", "ffn", "mlp", "fc1", "fc2", "feed"]) { return .feedForward }
    let isAttention = has(["attn", "attn1", "attn2", "attention", "attentions", "qkv"])
    return isAttention ? .attention : .other
  }
}
