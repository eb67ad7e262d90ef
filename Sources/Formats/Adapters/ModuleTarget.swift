/// The part of a model that a module belongs to, named as in a diffusers pipeline.
package enum ModelComponent: String, Sendable, Hashable, CaseIterable, Comparable {
  case unet
  case transformer
  /// The second of two, for the steps with little noise (Wan 2.2).
  case transformer2 = "transformer_2"
  case textEncoder = "text_encoder"
  case textEncoder2 = "text_encoder_2"
  case textEncoder3 = "text_encoder_3"
  /// The only part of a model that has no parts, such as a language model.
  case model = ""

  package static func < (a: ModelComponent, b: ModelComponent) -> Bool { a.rawValue < b.rawValue }

  package var isTextEncoder: Bool {
    switch self {
    case .textEncoder, .textEncoder2, .textEncoder3: true
    case .unet, .transformer, .transformer2, .model: false
    }
  }

  /// The component that a path without a prefix shows by its first words.
  init(ofBarePath path: String) {
    let unetRoots = [
      "down_blocks.", "up_blocks.", "mid_block.", "conv_in", "conv_out", "time_embedding.",
      "add_embedding.", "conv_norm_out",
    ]
    if unetRoots.contains(where: path.hasPrefix) {
      self = .unet
    } else if path.hasPrefix("text_model.") {
      self = .textEncoder
    } else {
      self = .model
    }
  }
}

/// The one name, over all dialects, of a weight that adapters change.
package struct ModuleTarget: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Which of a module's parameters is meant.
  package enum Parameter: String, Sendable, Hashable { case weight, bias }

  package let component: ModelComponent
  /// The dotted path in the diffusers or Hugging Face model.
  ///
  /// Where a flattened name is of no known family, its underscores stay: ``isFlat``.
  package let path: String
  package let parameter: Parameter
  /// Whether ``path`` could not be split into the model's modules.
  package let isFlat: Bool

  package init(
    component: ModelComponent, path: String, parameter: Parameter = .weight, isFlat: Bool = false
  ) {
    (self.component, self.path, self.parameter) = (component, path, parameter)
    self.isFlat = isFlat
  }

  /// The bias of the same module.
  package var bias: ModuleTarget {
    ModuleTarget(component: component, path: path, parameter: .bias, isFlat: isFlat)
  }

  package var description: String {
    let name = component == .model ? path : "\(component.rawValue).\(path)"
    return printable(parameter == .weight ? name : "\(name).\(parameter.rawValue)")
  }

  package static func < (a: ModuleTarget, b: ModuleTarget) -> Bool {
    guard a.component == b.component else { return a.component.rawValue < b.component.rawValue }
    let (one, other) = (TensorName(a.path), TensorName(b.path))
    return one == other ? a.parameter.rawValue < b.parameter.rawValue : one < other
  }
}
