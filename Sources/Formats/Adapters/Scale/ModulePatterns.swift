/// Values by patterns of modules, of which the first that matches a path holds.
///
/// Programs write one pattern for each module, a whole path: these are found by their path, so that the cost does
/// not grow with their number.
struct ModulePatterns<Value: Sendable>: Sendable {
  /// The first of each path, and its place in the order.
  private var paths: [String: (place: Int, value: Value)] = [:]
  private var others: [(place: Int, pattern: ModulePattern, value: Value)] = []
  private var count = 0

  /// Adds `value` for the modules that `key` matches, behind all others.
  ///
  /// - Returns: false for a pattern that is not understood.
  mutating func add(_ key: String, _ value: Value) -> Bool {
    if let path = Self.wholePath(key) {
      if paths[path] == nil { paths[path] = (count, value) }
    } else {
      guard let pattern = ModulePattern(key) else { return false }
      others.append((count, pattern, value))
    }
    count += 1
    return true
  }

  func value(of path: String) -> Value? {
    let whole = paths[path]
    let other = others.first { $0.place < whole?.place ?? .max && $0.pattern.matches(path) }
    return other?.value ?? whole?.value
  }

  /// The one path that a pattern such as `^down\\.0\\.conv` matches; nil for patterns of other forms.
  private static func wholePath(_ key: String) -> String? {
    guard key.utf8.first == UInt8(ascii: "^"), key.utf8.count <= PathExpression.lengthLimit else {
      return nil
    }
    var path: [UInt8] = []
    var isEscaped = false
    for byte in key.utf8.dropFirst() {
      let isPlain =
        isEscaped
        ? byte == UInt8(ascii: ".")
        : "_-0123456789".utf8.contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      if !isEscaped, byte == UInt8(ascii: "\\") {
        isEscaped = true
        continue
      }
      guard isPlain else { return nil }
      path.append(byte)
      isEscaped = false
    }
    return isEscaped || path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
  }
}
