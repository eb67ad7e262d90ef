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

  package let place: BlockPlace
  /// Indices of the modules, ascending.
  package private(set) var modules: [Int]
  /// How many modules are of each kind.
  package private(set) var counts: [Kind: Int]

  package var component: ModelComponent { place.component }
  package var path: String { place.path }
  /// The component and the path.
  package var name: String { place.name }

  /// The blocks of `modules`, in the order in which people count them.
  package static func blocks(of modules: [AdapterModule]) -> [ModuleBlock] {
    var blocks: [BlockPlace: ModuleBlock] = [:]
    for (index, module) in modules.enumerated() {
      let place = BlockPlace(of: module.target)
      var block = blocks[place] ?? ModuleBlock(place: place, modules: [], counts: [:])
      block.modules.append(index)
      block.counts[kind(of: module), default: 0] += 1
      blocks[place] = block
    }
    return blocks.values.sorted { $0.place < $1.place }
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
