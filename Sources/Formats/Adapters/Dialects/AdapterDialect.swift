/// A way of naming the tensors of an adapter.
package enum AdapterDialect: String, Sendable, CaseIterable {
  case kohya, diffusers, peft
  /// The names of original checkpoints, as ComfyUI and several trainers use them; only read.
  case native

  /// Those that adapters are written in.
  package static let written = allCases.filter { $0 != .native }

  /// How the names of this dialect are read and written.
  package var naming: any AdapterNaming {
    switch self {
    case .kohya: KohyaNaming()
    case .diffusers: DiffusersNaming()
    case .peft: PEFTNaming()
    case .native: NativeNaming()
    }
  }
}

/// Reads and writes the names of one dialect.
///
/// A new dialect is one such type and a case above.
package protocol AdapterNaming: Sendable {
  /// The target that `stem`, a name without the suffix of its role, stands for; nil if the stem
  /// is not of this dialect.
  func target(ofStem stem: String) -> ModuleTarget?

  /// The name of `target` without the suffix; nil if this dialect has none for it.
  func stem(of target: ModuleTarget, style: NamingStyle) -> String?

  var downSuffix: String { get }
  var upSuffix: String { get }
  /// The suffix of the scalar alpha; nil where the scale lies in a configuration or is one.
  var alphaSuffix: String? { get }
}

/// What the names of a file depend on beside its dialect.
package struct NamingStyle: Sendable {
  /// Whether UNet modules have the names of the original checkpoint (`input_blocks`).
  package var usesOriginalUNetNames: Bool
  /// Whether the first text encoder is numbered, as in models that have several.
  package var numbersFirstTextEncoder: Bool
  /// The family whose names of the original checkpoint serve for transformers; nil for those of
  /// diffusers.
  package var family: FamilyNames?

  package init(
    usesOriginalUNetNames: Bool = false, numbersFirstTextEncoder: Bool = false,
    family: FamilyNames? = nil
  ) {
    self.usesOriginalUNetNames = usesOriginalUNetNames
    self.numbersFirstTextEncoder = numbersFirstTextEncoder
    self.family = family
  }

  /// Whether names of modules are the same in both; names of families are told by their files.
  package func names(as other: NamingStyle) -> Bool {
    usesOriginalUNetNames == other.usesOriginalUNetNames
      && numbersFirstTextEncoder == other.numbersFirstTextEncoder
      && (family == nil) == (other.family == nil)
  }

  /// The module of a kohya file that holds the weight of `target`, which may be one of several
  /// there.
  ///
  /// `shape` is the weight's, where it is known.
  package func kohyaStack(of target: ModuleTarget, shape: [Int]?) -> ModuleStack {
    guard let family, family.kohyaNames == .native,
      let stack = family.native(of: target, shape: shape)?.stack
    else { return ModuleStack(target) }
    return target.parameter == .bias ? stack.bias : stack
  }
}
