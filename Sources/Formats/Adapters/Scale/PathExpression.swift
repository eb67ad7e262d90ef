/// A regular expression over the names of modules, matched in bounded time.
///
/// Understands what such patterns are made of: characters, `.`, classes, `\d \w \.` and the like,
/// groups, `|`, `* + ? {m,n}` (lazy marks change nothing here), `^` and `$`. Matching follows all
/// positions at once instead of trying one after the other, so its cost is the product of the
/// lengths, whatever the pattern.
struct PathExpression: Sendable {
  /// The longest pattern and path.
  static let lengthLimit = 512
  /// The largest count of `{m,n}`, and the deepest group.
  private static let repetitionLimit = 64
  private static let depthLimit = 16

  private indirect enum Node: Sendable {
    case character(@Sendable (Unicode.Scalar) -> Bool)
    case sequence([Node])
    case choice([Node])
    case repetition(Node, least: Int, most: Int?)
    case start
    case end
  }

  private let root: Node

  /// Nil if `pattern` is malformed, too long, or uses what is not understood.
  init?(_ pattern: String) {
    let scalars = Array(pattern.unicodeScalars)
    guard scalars.count <= Self.lengthLimit else { return nil }
    var parser = Parser(scalars: scalars)
    guard let root = parser.choice(depth: 0), parser.isAtEnd else { return nil }
    self.root = root
  }

  /// Where a match can end that starts where `starts` is true; both have one place more than `path`.
  func ends(in path: [Unicode.Scalar], from starts: [Bool]) -> [Bool] {
    Self.step(root, path, starts)
  }

  private static func step(_ node: Node, _ path: [Unicode.Scalar], _ from: [Bool]) -> [Bool] {
    guard from.contains(true) else { return from }
    var result = [Bool](repeating: false, count: from.count)
    switch node {
    case .character(let accepts):
      for index in path.indices where from[index] && accepts(path[index]) {
        result[index + 1] = true
      }
    case .sequence(let nodes): return nodes.reduce(from) { step($1, path, $0) }
    case .choice(let nodes):
      for node in nodes { result = union(result, step(node, path, from)) }
    case .repetition(let node, let least, let most):
      var reached = from
      for _ in 0..<least { reached = step(node, path, reached) }
      result = reached
      var rounds = most.map { $0 - least } ?? path.count + 1
      while rounds > 0 {
        reached = step(node, path, reached)
        let both = union(result, reached)
        guard both != result else { break }
        result = both
        rounds -= 1
      }
    case .start: result[0] = from[0]
    case .end: result[path.count] = from[path.count]
    }
    return result
  }

  private static func union(_ a: [Bool], _ b: [Bool]) -> [Bool] { zip(a, b).map { $0 || $1 } }
}

extension PathExpression {
  /// Reads a pattern from front to back; every function is nil at a fault.
  private struct Parser {
    let scalars: [Unicode.Scalar]
    var position = 0

    var isAtEnd: Bool { position == scalars.count }
    private var next: Unicode.Scalar? { isAtEnd ? nil : scalars[position] }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
      guard next == scalar else { return false }
      position += 1
      return true
    }

    mutating func choice(depth: Int) -> Node? {
      guard depth < PathExpression.depthLimit else { return nil }
      var alternatives: [Node] = []
      repeat {
        guard let sequence = sequence(depth: depth) else { return nil }
        alternatives.append(sequence)
      } while accept("|")
      return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func sequence(depth: Int) -> Node? {
      var nodes: [Node] = []
      while let scalar = next, scalar != "|", scalar != ")" {
        guard let atom = atom(depth: depth), let repeated = repetition(of: atom) else { return nil }
        nodes.append(repeated)
      }
      return .sequence(nodes)
    }

    private mutating func atom(depth: Int) -> Node? {
      guard let scalar = next else { return nil }
      position += 1
      switch scalar {
      case "(":
        if accept("?"), !accept(":") { return nil }
        guard let inner = choice(depth: depth + 1), accept(")") else { return nil }
        return inner
      case "[": return characterClass()
      case "\\": return escape().map { .character($0) }
      case ".": return .character { $0 != "\n" }
      case "^": return .start
      case "$": return .end
      case "*", "+", "?", "{": return nil
      default: return .character { $0 == scalar }
      }
    }

    private mutating func escape() -> (@Sendable (Unicode.Scalar) -> Bool)? {
      guard let scalar = next else { return nil }
      position += 1
      switch scalar {
      case "d": return { $0.isDigit }
      case "D": return { !$0.isDigit }
      case "w": return { $0.isWord }
      case "W": return { !$0.isWord }
      case let scalar where scalar.isWord: return nil
      default: return { $0 == scalar }
      }
    }

    private mutating func characterClass() -> Node? {
      let isNegated = accept("^")
      var members: [@Sendable (Unicode.Scalar) -> Bool] = []
      while let scalar = next, scalar != "]" || members.isEmpty {
        position += 1
        if scalar == "\\" {
          guard let escaped = escape() else { return nil }
          members.append(escaped)
        } else if next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
          let last = scalars[position + 1]
          position += 2
          guard scalar <= last, last != "\\" else { return nil }
          members.append { (scalar...last).contains($0) }
        } else {
          members.append { $0 == scalar }
        }
      }
      guard accept("]") else { return nil }
      let all = members
      return .character { scalar in all.contains { $0(scalar) } != isNegated }
    }

    private mutating func repetition(of node: Node) -> Node? {
      let range: (Int, Int?)
      if accept("*") {
        range = (0, nil)
      } else if accept("+") {
        range = (1, nil)
      } else if accept("?") {
        range = (0, 1)
      } else if accept("{") {
        guard let counts = counts() else { return nil }
        range = counts
      } else {
        return node
      }
      _ = accept("?")
      return .repetition(node, least: range.0, most: range.1)
    }

    private mutating func counts() -> (Int, Int?)? {
      var text = ""
      while let scalar = next, scalar != "}" {
        text.unicodeScalars.append(scalar)
        position += 1
      }
      guard accept("}") else { return nil }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard let least = parts[0], (0...PathExpression.repetitionLimit).contains(least) else {
        return nil
      }
      guard parts.count == 2 else { return parts.count == 1 ? (least, least) : nil }
      guard let most = parts[1] else { return text.hasSuffix(",") ? (least, nil) : nil }
      return (least...PathExpression.repetitionLimit).contains(most) ? (least, most) : nil
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isWord: Bool { properties.isAlphabetic || isDigit || self == "_" }
}
