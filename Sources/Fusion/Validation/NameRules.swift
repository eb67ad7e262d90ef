internal import Formats

/// Names of tensors that a careful user would want to know of.
enum NameRules {
  static func findings(_ tensors: [TensorEntry]) -> [Finding] {
    var findings: [Finding] = []
    var foreign: [String: TensorName] = [:]
    for tensor in tensors {
      let name = tensor.name
      if name.string.isEmpty {
        findings.append(Finding(.emptyName, "a tensor has no name"))
      } else if isPath(name.string) {
        findings.append(Finding(.pathInName, place: "tensor '\(name)'", "has the name of a path"))
      }
      let isPlain = name.string.isPrintableASCII
      if !isPlain, Control.isUnprintable(name.string) {
        findings.append(
          Finding(
            .controlInName, place: "tensor '\(name)'",
            "has control or invisible characters in its name"))
      }
      guard !isPlain else { continue }
      // Strings are equal when they are canonically equivalent, names when their bytes are.
      if let other = foreign.updateValue(name, forKey: name.string), other != name {
        findings.append(
          Finding(
            .lookalikeNames, place: "tensor '\(name)'",
            "has a name that looks like that of another, and is not the same"))
      }
    }
    return findings
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
  }

  private static func isPath(_ name: String) -> Bool {
    let bytes = name.utf8Span.span
    var hasSeparator = false
    for index in bytes.indices where isSeparator(bytes[index]) {
      hasSeparator = true
      let isDrive = index == 2 && bytes[1] == UInt8(ascii: ":") && bytes[2] == UInt8(ascii: "\\")
      if index == 0 || isDrive { return true }
    }
    guard hasSeparator else { return false }
    return name.split { $0 == "/" || $0 == "\\" }.contains("..")
  }
}

/// Characters that steer a terminal, or hide or reorder text.
enum Control {
  /// Whether `text` is shown with escapes.
  static func isUnprintable(_ text: String) -> Bool {
    printable(text) != text
  }

  /// Whether a text of several lines holds more than line ends and tabs.
  static func isHarmful(_ text: String) -> Bool {
    var (before, last): (UInt8, UInt8) = (0, 0)
    for byte in text.utf8 {
      switch byte {
      case 0x09, 0x0A, 0x0D: break
      case 0..<0x20, 0x7F: return true
      // C1 controls are C2 80…9F; marks of direction E2 80 AA…AE and E2 81 A6…A9.
      case 0x80...0x9F where last == 0xC2: return true
      case 0xAA...0xAE where before == 0xE2 && last == 0x80: return true
      case 0xA6...0xA9 where before == 0xE2 && last == 0x81: return true
      default: break
      }
      (before, last) = (last, byte)
    }
    return false
  }
}
