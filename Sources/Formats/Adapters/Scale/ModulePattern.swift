/// A key of PEFT's `rank_pattern` and `alpha_pattern`: a name, or a regular expression.
///
/// It matches a path that it describes from some dot, or from the start, to the end:
/// `(.*\.)?(KEY)$`. Source: PEFT 0.21, `get_pattern_key`.
struct ModulePattern: Sendable {
  private let expression: PathExpression

  /// Nil if `key` is not a regular expression that is understood here.
  init?(_ key: String) {
    guard let expression = PathExpression(key) else { return nil }
    self.expression = expression
  }

  func matches(_ path: String) -> Bool {
    let scalars = Array(path.unicodeScalars)
    guard scalars.count <= PathExpression.lengthLimit else { return false }
    let starts = scalars.indices.map { $0 == 0 || scalars[$0 - 1] == "." }
    return expression.ends(in: scalars, from: starts + [false])[scalars.count]
  }
}
