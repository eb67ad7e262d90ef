import Foundation
import Recipes
import Testing

/// Recipes that cannot be meant: each gives its faults, and no other, at their lines and columns.
///
/// What is expected stands in the fixture itself, in comments `# error: LINE:COLUMN: a part of the message`
/// and `# hint: a part of it`; JSON has no comments, so there it is a file beside it.
@Suite struct BadRecipeTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/bad").path

  static let names: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }.sorted()
  }()

  struct Expectation {
    let place: String
    let problem: String
    var hint: String?
  }

  static func expectations(of name: String) throws -> [Expectation] {
    let path = "\(folder)/\(name)" + (name.hasSuffix(".json") ? ".expected" : "")
    var expected: [Expectation] = []
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("# error: ") {
        let parts = line.dropFirst(9).split(separator: ":", maxSplits: 2)
        expected.append(
          Expectation(
            place: "\(folder)/\(name):\(parts[0]):\(parts[1])",
            problem: parts[2].dropFirst().replacingOccurrences(of: "FOLDER", with: folder)))
      } else if line.hasPrefix("# hint: ") {
        expected[expected.count - 1].hint = String(line.dropFirst(8))
      }
    }
    return expected
  }

  @Test(arguments: names)
  func hasItsFaults(_ name: String) throws {
    let expected = try Self.expectations(of: name)
    try #require(!expected.isEmpty)
    let error = #expect(throws: RecipeError.self) {
      _ = try Recipe(path: "\(Self.folder)/\(name)")
    }
    let faults = try #require(error?.faults)
    let lines = faults.map(\.description).joined(separator: "\n")
    #expect(faults.map(\.place.description) == expected.map(\.place), "\(lines)")
    for (fault, expectation) in zip(faults, expected) {
      #expect(fault.problem.contains(expectation.problem))
      if let hint = expectation.hint { #expect(fault.hint?.contains(hint) == true, "\(fault)") }
    }
  }

  @Test func thereAreEnough() {
    #expect(Self.names.count >= 100)
  }
}
