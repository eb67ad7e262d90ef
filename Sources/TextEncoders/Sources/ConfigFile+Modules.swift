internal import Formats

extension ConfigFile {
  /// The modes of a Pooling module: one or several by name, or a truth value for each.
  var poolingModes: [Pooling.Mode] {
    get throws(TextEncoderError) {
      if let value = self["pooling_mode"] {
        var modes: [Pooling.Mode] = []
        for name in value.elements ?? [value] {
          guard let text = name.stringValue, let mode = Pooling.Mode(rawValue: text) else {
            throw fault("'pooling_mode' is \(printable(name.compact)), which lorac does not know")
          }
          modes.append(mode)
        }
        return modes
      }
      let flags: [(String, Pooling.Mode)] = [
        ("cls_token", .cls), ("max_tokens", .max), ("mean_tokens", .mean),
        ("mean_sqrt_len_tokens", .meanSquareRoot), ("weightedmean_tokens", .weightedMean),
        ("lasttoken", .lastToken),
      ]
      var modes: [Pooling.Mode] = []
      for (flag, mode) in flags where try bool("pooling_mode_\(flag)") == true {
        modes.append(mode)
      }
      return modes.isEmpty ? [.mean] : modes
    }
  }

  /// The function after a Dense module, named by its class in PyTorch.
  var denseActivation: Activation {
    get throws(TextEncoderError) {
      let name = try string("activation_function") ?? "Tanh"
      switch name.split(separator: ".").last {
      case "Tanh": return .tanh
      case "Identity": return .identity
      case "ReLU": return .relu
      case "GELU": return .gelu
      default:
        throw fault("'activation_function' is '\(printable(name))', which lorac does not compute")
      }
    }
  }
}
