import Formats
import Foundation
import Fusion
import Recipes
import Testing

/// Files that are no text, or no YAML, or hostile.
@Suite struct RecipeTextTests {
  static let sound = """
    adapters: [fox.safetensors]
    targets:
      - name: card
        prompts: a fox
        output: out/card.safetensors

    """

  static func faults(_ bytes: Data, _ name: String = "lorac.yaml") throws -> [String] {
    try RecipeFolder.with { folder in
      try folder.write(bytes, to: name)
      return folder.faults(name)
    }
  }

  static func faults(_ text: String, _ name: String = "lorac.yaml") throws -> [String] {
    try faults(Data(text.utf8), name)
  }

  @Test func aSoundRecipeHasNone() throws {
    #expect(try Self.faults(Self.sound) == [])
    #expect(try Self.faults("\u{FEFF}" + Self.sound) == [])
    #expect(try Self.faults(Self.sound.replacingOccurrences(of: "\n", with: "\r\n")) == [])
    #expect(try Self.faults("---\n" + Self.sound + "...\n") == [])
  }

  @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "\u{FEFF}"])
  func emptyFiles(_ text: String) throws {
    #expect(try Self.faults(text) == ["lorac.yaml:1:1: the recipe is empty"])
  }

  @Test func whatIsNoText() throws {
    let start = Data("adapters: [é, a".utf8)
    #expect(
      try Self.faults(Data("x: 1\n".utf8) + start + [0xC3, 0x28])
        == ["lorac.yaml:2:16: the byte 0xC3 is not UTF-8"])
    #expect(try Self.faults(start + [0xFF]) == ["lorac.yaml:1:16: the byte 0xFF is not UTF-8"])
    #expect(
      try Self.faults(Data([0xFF, 0xFE, 0x61, 0])) == ["lorac.yaml:1:1: is UTF-16"])
    #expect(
      try Self.faults(start + [0]) == [
        "lorac.yaml:1:16: holds the character U+0000, which text does not have"
      ])
    #expect(
      try Self.faults("a: b\r\nc: \u{1B}[2J")
        == ["lorac.yaml:2:4: holds the character U+001B, which text does not have"])
  }

  @Test func aliasesStandForWhatTheyName() throws {
    try RecipeFolder.with { folder in
      let recipe = try folder.recipe(
        """
        adapters: [&f fox.safetensors, ink.safetensors]
        promptSets:
          day: &day [a *very* red fox, {text: "5 *stars*", weight: 2}]
        targets:
          - {name: a, prompts: *day, output: &o out/a.safetensors}
          - {name: b, prompts: [*f, x], output: out/b.safetensors}
        """)
      #expect(
        recipe.targets.map { $0.request.weighing.prompts.map(\.text) } == [
          ["a *very* red fox", "5 *stars*"], ["fox.safetensors", "x"],
        ])
    }
  }

  /// Ten levels of ten aliases each stand for ten thousand million values.
  @Test(.timeLimit(.minutes(1))) func aliasesOfAliasesAreCounted() throws {
    var text = "promptSets:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...10 {
      let alias = "*a\(level - 1)"
      text +=
        "  a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
    }
    // Up to level 3 aliases stand for 110 + 1110 + 11110 values, and for 11111 each at level 4, so
    // that the eighth is too many.
    let column = "  a4: &a4 [".count + 7 * "*a3, ".count + 1
    let faults = try Self.faults(text)
    #expect(faults.count == 1)
    #expect(faults[0].hasSuffix("aliases stand for more than 100000 values"))
    #expect(faults[0].hasPrefix("lorac.yaml:6:\(column): "), "\(faults)")
  }

  @Test(.timeLimit(.minutes(1))) func aliasesAreNoKeys() throws {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    text += "? *a40\n: 1\n? *a40\n: 2\n"
    let faults = try Self.faults(text)
    #expect(faults.count == 1 && faults[0].contains("aliases stand for more than"), "\(faults)")
  }

  /// Each alias nests as deep as what it names.
  @Test func aliasesNestNoDeeper() throws {
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    let text =
      "a: &a \(deep)\nb: \(String(repeating: "[", count: 30))*a\(String(repeating: "]", count: 30))\n"
    #expect(
      try Self.faults(text) == [
        "lorac.yaml:2:34: values are nested more than 64 levels deep"
      ])
  }

  @Test(.timeLimit(.minutes(1)), arguments: [100, 5_000, 1_000_000])
  func nesting(_ depth: Int) throws {
    let faults = try Self.faults("a: " + String(repeating: "[", count: depth))
    #expect(faults.count == 1)
    let inBlock = try Self.faults(String(repeating: "- ", count: min(depth, 100_000)) + "a")
    #expect(inBlock.count == 1)
    #expect(inBlock[0].contains("nested"), "\(inBlock)")
    let json = try Self.faults(
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth), "a.json")
    #expect(json == ["a.json:1:65: is not JSON: values are nested more than 64 levels deep"])
  }

  @Test(.timeLimit(.minutes(1))) func manyTwins() throws {
    let text =
      Self.sound + "defaults:\n"
      + (0..<200).map { _ in "  rank: 4\n" }.joined()
    let faults = try Self.faults(text)
    #expect(!faults.isEmpty)
    #expect(faults.allSatisfy { $0.contains("the field 'rank' is given twice") }, "\(faults)")
  }

  /// A file that is called JSON is read as such: YAML knows no pairs of escapes.
  @Test func jsonIsRead() throws {
    try RecipeFolder.with { folder in
      let path = try folder.write(
        #"""
        {"adapters": ["fox.safetensors"],
         "targets": [{"name": "card", "prompts": ["a \ud83e\udd8a \/ fox"],
                      "output": "card.safetensors", "topK": 1, "allowUnmatched": null}]}
        """#, to: "r.json")
      let recipe = try Recipe(path: path)
      #expect(recipe.targets[0].request.weighing.prompts.map(\.text) == ["a 🦊 / fox"])
      #expect(recipe.targets[0].request.weighing.attention.topK == 1)
    }
  }

  @Test func aFileThatIsNotThere() throws {
    try RecipeFolder.with { folder in
      let error = #expect(throws: RecipeError.self) {
        _ = try Recipe(path: "\(folder.path)/lorac.yaml")
      }
      #expect(error?.kind == .unreadable)
    }
  }

  @Test func whatIsNoFileOrTooLargeIsRefused() throws {
    try RecipeFolder.with { folder in
      try folder.write("extends: /dev/zero\n")
      #expect(folder.faults() == ["lorac.yaml:1:10: /dev/zero: is not a file"])
      try folder.write("", to: "sub/x")
      try folder.write("extends: sub\n")
      #expect(folder.faults() == ["lorac.yaml:1:10: sub: is a folder"])
      let path = try folder.write("", to: "large.yaml")
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.truncate(atOffset: 33 << 20)
      try handle.close()
      #expect(
        folder.faults("large.yaml") == [
          "large.yaml:1:1: has 34603008 bytes; at most 33554432 are read"
        ])
    }
  }
}
