import Formats
import Fusion

/// Replaces arguments `@FILE` by the arguments in that file.
///
/// A line without quotes, backslashes or inner spaces is one argument; other lines are split as a
/// POSIX shell does, without expansion. Empty lines and lines that start with `#` are skipped. A
/// response file may name others.
enum ResponseFile {
  private static let sizeLimit = 64 << 20
  private static let depthLimit = 16
  private static let countLimit = 1000

  static func expand(_ arguments: [String]) throws -> [String] {
    var count = 0
    return try expand(arguments, depth: 0, count: &count)
  }

  private static func expand(
    _ arguments: [String], depth: Int, count: inout Int
  ) throws -> [String] {
    guard depth < depthLimit else {
      throw FusionError(.usage, "response files name each other too deeply")
    }
    return try arguments.flatMap { argument -> [String] in
      guard argument.hasPrefix("@"), argument.count > 1 else { return [argument] }
      count += 1
      guard count <= countLimit else {
        throw FusionError(.usage, "more than \(countLimit) response files")
      }
      let path = String(argument.dropFirst())
      let bytes = try Folder.bytes(ofFile: path, limit: sizeLimit)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FormatError(.unacceptable, file: path, "is not UTF-8 text")
      }
      return try expand(self.arguments(in: text, path: path), depth: depth + 1, count: &count)
    }
  }

  static func arguments(in text: String, path: String) throws -> [String] {
    try text.split(separator: "\n").flatMap { line -> [String] in
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      guard !line.hasPrefix("#") else { return [] }
      return try words(of: line, path: path)
    }
  }

  private static func words(of line: Substring, path: String) throws -> [String] {
    var (words, current, quote): ([String], String?, Character?) = ([], nil, nil)
    var isEscaped = false
    for character in line {
      if isEscaped {
        current = (current ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
        current = current ?? ""
      } else if quote == nil, character == " " || character == "\t" {
        if let word = current { words.append(word) }
        current = nil
      } else {
        current = (current ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else {
      throw FormatError(.unacceptable, file: path, "a quote is not closed: \(line)")
    }
    return words + (current.map { [$0] } ?? [])
  }
}
