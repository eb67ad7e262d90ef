internal import Formats

/// What the tensors of one fused module are called in the output.
enum TensorNames {
  case factors(down: String, up: String, alpha: String?)
  /// A bias, or the weight of a norm, as it is.
  case vector(String)

  /// Nil where the dialect has no names for the module.
  init?(of module: FusedModule, in plan: MergePlan) {
    let (naming, style) = (plan.dialect.naming, plan.namingStyle)
    let keepsOriginal = plan.dialect == .kohya && style.usesOriginalUNetNames
    let own = keepsOriginal ? module.originalStem : nil
    guard let stem = own ?? naming.stem(of: module.target, style: style) else { return nil }
    if module.form == .vector {
      guard plan.dialect == .kohya else { return nil }
      self = .vector(stem + (module.target.parameter == .bias ? ".diff_b" : ".diff"))
      return
    }
    guard module.target.parameter == .weight else { return nil }
    if module.layout == .embedding {
      guard plan.dialect == .peft else { return nil }
      self = .factors(
        down: stem + ".lora_embedding_A", up: stem + ".lora_embedding_B", alpha: nil)
    } else {
      self = .factors(
        down: stem + naming.downSuffix, up: stem + naming.upSuffix,
        alpha: naming.alphaSuffix.map { stem + $0 })
    }
  }
}

extension FusedModule {
  /// The name that an adapter has for the module in the original UNet's names, if one does.
  ///
  /// Where an upsampler stands in its block depends on the model; the adapters know.
  fileprivate var originalStem: String? {
    parts.map(\.module.stem).first(where: NamingStyle.isOriginal)
  }

  /// How to go on where a dialect has no names for the module.
  var remedyForNames: String {
    if layout == .embedding { return "write --dialect peft" }
    guard form == .vector else {
      return "write another --dialect; that of the first adapter is the default"
    }
    return
      "only --dialect kohya holds changes of biases and norms; or add them to a model with --base"
  }
}
