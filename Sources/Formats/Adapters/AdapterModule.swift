/// The change of one weight in an adapter file, with its tensors still on disk.
package struct AdapterModule: Sendable {
  /// How the model stores the weight that the tensors describe as `[out, in…]`.
  package enum Layout: String, Sendable, Hashable {
    case asDescribed
    /// As `[in, out]`: `fan_in_fan_out` of PEFT, for the Conv1D of GPT-2.
    case transposed
    /// As `[in, out]`, because it is an embedding `[vocabulary, width]`.
    case embedding
  }

  /// The weights that change; one, but for modules that a checkpoint keeps stacked.
  package private(set) var stack: ModuleStack
  private var statedTarget: ModuleTarget?
  /// The module's name in the file, without the suffixes.
  package let stem: String
  package let dialect: AdapterDialect
  package let algorithm: ModuleAlgorithm
  package private(set) var scale: AdapterScale
  package let layout: Layout
  /// Whether the change is void where the model has no such weight.
  package let isOptional: Bool
  /// The shape of the weight as described, `[out, in…]`; nil where the tensors do not tell it.
  package let weightShape: [Int]?

  init(
    _ draft: ModuleDraft, stack: ModuleStack
  ) {
    self.stack = stack
    (stem, dialect, algorithm) = (draft.stem, draft.dialect, draft.algorithm)
    (scale, layout, isOptional) = (draft.scale, draft.layout, draft.isOptional)
    let shape = draft.algorithm.stored.weightShape
    weightShape = shape.map { Self.weightShape($0, of: draft.algorithm, stack.target) }
  }

  /// The shape of a weight that is stored as `shape`.
  ///
  /// Without a core, LoHa and LoKr hold convolutions flattened; the names of a UNet's tell which
  /// they are.
  private static func weightShape(
    _ shape: [Int], of algorithm: ModuleAlgorithm, _ target: ModuleTarget
  ) -> [Int] {
    if case .lora = algorithm { return shape }
    guard shape.count == 2, shape[1].isMultiple(of: 9), target.component == .unet,
      UNetKernel.isConvolution(target.path)
    else { return shape }
    return [shape[0], shape[1] / 9, 3, 3]
  }

  /// The same change of the weights of another stack, which the module's own name stands for.
  func replacing(stack: ModuleStack) -> AdapterModule {
    var module = self
    module.statedTarget = givenTarget
    module.stack = stack
    return module
  }

  /// Multiplies the scale with what the file does not tell.
  mutating func multiplyScale(by factor: Double) { scale = scale.multiplied(by: factor) }

  /// The name of the weight, or of the stack of weights.
  package var target: ModuleTarget { stack.target }
  /// The same as the adapter alone tells it, before a base model told what its name stands for.
  package var givenTarget: ModuleTarget { statedTarget ?? target }
  package var rank: Int? { algorithm.stored.rank }
  package var tensors: [TensorEntry] { algorithm.stored.tensors }
  package var outFeatures: Int? { weightShape?.first ?? algorithm.stored.outFeatures }
  package var inFeatures: Int? { weightShape.map { $0.dropFirst().reduce(1, *) } }

  /// What the weight of the module is multiplied with when the adapter is given a weight: the
  /// scale, unless the algorithm has a use for it inside.
  package var factor: Double { algorithm.needsBase ? 1 : scale.value }

  /// The factors of an ordinary LoRA, as they are stored; nil where they must be computed.
  package var storedFactors: (down: TensorEntry, up: TensorEntry)? {
    guard case .lora(let lora) = algorithm, lora.mid == nil else { return nil }
    return (lora.down, lora.up)
  }

  /// The types of the tensors.
  package var dtypes: Set<DType> { Set(tensors.map(\.dtype)) }
}

/// The convolutions of 3×3 in the UNets of Stable Diffusion.
private enum UNetKernel {
  private static let names: Set<Substring> = ["conv1", "conv2", "conv", "conv_in", "conv_out"]

  static func isConvolution(_ path: String) -> Bool {
    path.split(separator: ".").last.map(names.contains) ?? false
  }
}
