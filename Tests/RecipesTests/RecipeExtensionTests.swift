import Foundation
import Fusion
import Recipes
import Testing

/// Recipes that extend others.
@Suite struct RecipeExtensionTests {
  static let base = """
    encoder: builtin
    adapters:
      - file: adapters/fox.safetensors
        key: a fox
        strength: 0.5
      - file: adapters/ink.safetensors
    defaults: {rank: 8, output: 'out/{name}.safetensors', promptSet: day}
    promptSets: {day: a fox, night: a fox at night}
    targets:
      - {name: card, topK: 2, level: 5}
      - {name: poster}
    """

  @Test func aRecipeOverridesWhatItExtends() throws {
    try RecipeFolder.with { folder in
      try folder.write(Self.base, to: "shared/base.yaml")
      let path = try folder.write(
        """
        extends: ../shared/base.yaml
        adapters:
          - {name: fox, strength: 2}
          - {file: ink.safetensors}
          - {file: sky.safetensors}
        defaults: {rank: exact, prompts: a red fox}
        promptSets: {night: moon}
        targets:
          - {name: poster, promptSet: night, output: poster.safetensors}
          - {name: card, topK: 3}
          - {name: extra}
        """, to: "own/lorac.yaml")
      let recipe = try Recipe(path: path)
      #expect(recipe.targets.map(\.name) == ["card", "poster", "extra"])
      let (card, poster) = (recipe.targets[0].request, recipe.targets[1].request)
      let own = "\(folder.path)/own"
      let shared = "\(own)/../shared"
      #expect(
        card.adapters.map(\.path) == [
          "\(shared)/adapters/fox.safetensors", "\(own)/ink.safetensors", "\(own)/sky.safetensors",
        ])
      #expect(card.adapters[0].keys == ["a fox"] && card.adapters[0].strength == 2)
      #expect(card.options.rank == .exact)
      #expect(card.weighing.attention.topK == 3 && card.output.level == 5)
      #expect(card.weighing.prompts.map(\.text) == ["a red fox"])
      #expect(poster.weighing.prompts.map(\.text) == ["moon"])
      // A path belongs to the file that it stands in.
      #expect(card.output.path == "\(shared)/out/card.safetensors")
      #expect(poster.output.path == "\(own)/poster.safetensors")
      #expect(recipe.files == [path, "\(shared)/base.yaml"])
      #expect(recipe.targets[0].place.file == path)
    }
  }

  @Test func faultsNameTheFileTheyAreIn() throws {
    try RecipeFolder.with { folder in
      try folder.write(
        Self.base.replacingOccurrences(of: "topK: 2", with: "topk: 2, minScore: x"), to: "base.yaml"
      )
      try folder.write("extends: base.yaml\ntargets:\n  - {name: poster, rank: none}\n")
      #expect(
        folder.faults() == [
          "base.yaml:10:18: a target has no field 'topk'",
          "base.yaml:10:37: 'minScore' is a number, not a text",
          "lorac.yaml:3:26: 'rank' is a whole number from 1 up, exact, or a percentage such as 99%, not none",
        ])
    }
  }

  @Test func circlesAndChains() throws {
    try RecipeFolder.with { folder in
      try folder.write("extends: b/two.yaml\n", to: "one.yaml")
      try folder.write("extends: ../three.yaml\n", to: "b/two.yaml")
      try folder.write("# the last\nextends:   ./one.yaml\n", to: "three.yaml")
      #expect(
        folder.faults("one.yaml") == [
          "b/../three.yaml:2:12: recipes extend each other in a circle: one.yaml → b/two.yaml → "
            + "b/../three.yaml → b/../one.yaml"
        ])
      for number in 0..<40 {
        try folder.write("extends: r\(number + 1).yaml\n", to: "r\(number).yaml")
      }
      let faults = folder.faults("r0.yaml")
      #expect(faults.count == 1)
      #expect(
        faults[0].hasPrefix(
          "r15.yaml:1:10: recipes extend each other more than 16 times: r0.yaml → r1.yaml"))
    }
  }

  @Test func aFileOfPromptsTellsItsOwnPlaces() throws {
    try RecipeFolder.with { folder in
      try folder.write("- a fox\n- {text: a cat, weight: heavy}\n- 7\n", to: "p/prompts.yaml")
      try folder.write("[\"a fox\", {\"text\": \"a cat\",\n  \"wieght\": 2}]", to: "p/prompts.json")
      try folder.write("# nothing\n", to: "p/none.txt")
      try folder.write(
        """
        adapters: [fox.safetensors]
        targets:
          - {name: a, prompts: p/prompts.yaml, output: a.safetensors}
          - {name: b, prompts: [x, p/prompts.json, p/missing.txt], output: b.safetensors}
          - {name: c, prompts: {text: p/missing.txt}, output: c.safetensors}
          - {name: d, prompts: p/none.txt, output: d.safetensors}
        """)
      #expect(
        folder.faults() == [
          "lorac.yaml:4:44: p/missing.txt: No such file or directory",
          "p/none.txt:1:1: holds no prompt",
          "p/prompts.json:2:3: a prompt has no field 'wieght'",
          "p/prompts.yaml:2:25: 'weight' is a number, not a text",
          "p/prompts.yaml:3:3: a prompt is a text, not the number 7",
        ])
    }
  }
}
