import Foundation
import Recipes
import Testing

/// Damaged recipes: whatever stands in one, it is read or refused, with places that are in the file.
@Suite struct RecipeMutationTests {
  private static let pieces = [
    "", " ", "  ", "\t", "\n", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!str ", "'", "\"",
    "|\n", ">",
    "#", "? ", "<<: *a", "null", "yes", "1e999", "-0", "010", "name", "prompts: ", "matrix:",
    "{name}",
    "{{", "extends: lorac.yaml", "../", "*.safetensors", "\u{E000}", "\\uE000", "\u{FEFF}", "é🦊",
    "---\n",
    "...", "%YAML 1.2\n", "\r\n", "\u{85}", ",", "out/", "=",
  ]

  @Test(.timeLimit(.minutes(2)), arguments: 0..<4)
  func anyTextIsReadOrRefused(_ seed: Int) throws {
    let url = RecipeSchemaTests.repository.appendingPathComponent("examples/shapes/lorac.yaml")
    let original = Array(try String(contentsOf: url, encoding: .utf8).unicodeScalars)
    var generator = SplitMix(seed: UInt64(seed) &* 7919 &+ 1)
    var (readCount, refusedCount) = (0, 0)
    try RecipeFolder.with { folder in
      for name in ["fish", "mosaic", "neon", "watercolor"] {
        try folder.write("", to: "adapters/\(name).safetensors")
      }
      for _ in 0..<400 {
        var text = original
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
          let start = Int.random(in: 0..<text.count, using: &generator)
          let length = [0, 0, 1, 5, 60].randomElement(using: &generator) ?? 0
          let piece = Self.pieces.randomElement(using: &generator) ?? ""
          text.replaceSubrange(start..<min(text.count, start + length), with: piece.unicodeScalars)
        }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text)
        let path = try folder.write(String(scalars))
        do {
          _ = try Recipe(path: path)
          readCount += 1
        } catch let error as RecipeError {
          refusedCount += 1
          let lineCount = scalars.count { $0.properties.isWhitespace } + 2
          for fault in error.faults {
            #expect(fault.place.file == path)
            #expect((1...lineCount).contains(fault.place.line) && fault.place.column >= 1)
            #expect(!fault.problem.isEmpty)
          }
          #expect(error.faults.map(\.place) == error.faults.map(\.place).sorted())
        }
      }
    }
    // Changes in comments and texts leave a recipe sound; most others do not.
    #expect(readCount > 20 && refusedCount > 100, "\(readCount) read, \(refusedCount) refused")
  }

  /// Small random numbers, the same in every run.
  struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
