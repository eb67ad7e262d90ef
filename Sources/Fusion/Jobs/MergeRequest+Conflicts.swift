extension MergeRequest {
  /// Two options that mean nothing together, or a value that an option cannot have.
  package struct Conflict: Sendable, Hashable {
    /// The option at fault, as recipes spell it; a long option of the command line in lowerCamelCase.
    package let option: String
    /// What is wrong, behind the option's name and value.
    private let value: String?
    private let problem: String
    private let other: String?
    private let reason: String?

    init(
      _ option: String, _ value: String? = nil, _ problem: String, _ other: String? = nil,
      _ reason: String? = nil
    ) {
      (self.option, self.value, self.problem) = (option, value, problem)
      (self.other, self.reason) = (other, reason)
    }

    /// How options are written: in lowerCamelCase, or with dashes.
    package enum Spelling: Sendable { case recipe, commandLine }

    /// One line.
    package func message(_ spelling: Spelling) -> String {
      let parts = [
        Self.spelled(option, spelling), value, problem, other.map { Self.spelled($0, spelling) },
      ]
      return parts.compactMap(\.self).joined(separator: " ") + (reason.map { ": \($0)" } ?? "")
    }

    private static func spelled(_ option: String, _ spelling: Spelling) -> String {
      guard spelling == .commandLine else { return "'\(option)'" }
      return "--"
        + option.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }
  }

  /// What cannot be meant, in the order of the options; empty for a request that can be tried.
  ///
  /// Whether names are known and values make sense for the adapters, reading them tells.
  package var conflicts: [Conflict] {
    var found: [Conflict] = []
    if !(1...22).contains(output.level) {
      found.append(Conflict("level", "\(output.level)", "is not between 1 and 22"))
    }
    guard base != nil else {
      if allowsUnmatched { found.append(Conflict("allowUnmatched", nil, "needs", "base")) }
      return found
    }
    let alone = "does not go with"
    if options.rank != .exact {
      found.append(
        Conflict(
          "rank", "\(options.rank)", alone, "base", "a model holds the sum itself, exactly"))
    }
    if options.dialect != nil {
      found.append(Conflict("dialect", nil, alone, "base", "names are those of the base"))
    }
    if options.dtype != nil {
      found.append(Conflict("dtype", nil, alone, "base", "every tensor keeps the base's type"))
    }
    return found
  }

  /// - Throws: `FusionError` for the first of ``conflicts``.
  package func check(_ spelling: Conflict.Spelling) throws(FusionError) {
    if let conflict = conflicts.first { throw FusionError(.usage, conflict.message(spelling)) }
  }
}
