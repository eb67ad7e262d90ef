import Formats
import Foundation
import Fusion
import Recipes
import Testing
import TextEncoders

/// What recipes mean: every field arrives in the request that `merge` runs.
@Suite struct RecipeMeaningTests {
  @Test func everyFieldArrives() throws {
    try RecipeFolder.with { folder in
      try folder.write("{\"unet\": 0.5}", to: "blocks/fox.json")
      try folder.write("{}", to: "models/clip/config.json")
      try folder.write("# a comment\n a cat \n\n a dog\n", to: "more.txt")
      let recipe = try folder.recipe(
        """
        encoder: models/clip
        encoderTower: g
        tokenizer: models/tokenizer
        cache: .cache
        adapters:
          - file: adapters/fox-v2.safetensors
            name: fox
            key: [a red fox, "fox: vulpes"]
            strength: 0.75
            blockWeights: blocks/fox.json
          - file: /lib/ink.safetensors
            key: ink drawing
            blockWeights: {MID: 1.5, "*.attn1": 0}
          - {file: old, blockWeights: [1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]}
        targets:
          - name: card
            prompts:
              - a fox
              - text: an ink fox
                weight: 2.5
              - more.txt
            promptSyntax: plain
            longPrompt: truncate
            adapters: [ink, fox]
            method: attention
            weights: {ink: -0.5}
            attention: softmax
            mix: norm
            temperature: auto
            topK: 3
            minScore: -0.1
            strength: 1.25
            strengthTe: 0
            strengthUnet: 0.5
            blockWeights: blocks/all.json
            gates: gates.json
            fixSplitAlpha: true
            lokrScale: 2
            rank: 99.5%
            dialect: diffusers
            dtype: BF16
            level: 19
            output: out/card.safetensors.zst

        """)
      #expect(recipe.warnings == [])
      #expect(
        recipe.files.map { $0.split(separator: "/").last.map(String.init) } == [
          "lorac.yaml", "fox.json", "more.txt",
        ])
      let target = try #require(recipe.targets.first)
      let request = target.request
      let path = folder.path
      #expect(target.name == "card")
      #expect(target.place == RecipePlace(file: "\(path)/lorac.yaml", line: 16, column: 11))
      #expect(
        request.adapters.map(\.path) == [
          "/lib/ink.safetensors", "\(path)/adapters/fox-v2.safetensors",
        ])
      #expect(request.adapters.map(\.name) == ["ink", "fox"])
      #expect(request.adapters.map(\.keys) == [["ink drawing"], ["a red fox", "fox: vulpes"]])
      #expect(request.adapters.map(\.strength) == [1, 0.75])
      let blocks = request.adapters.map { $0.blockWeights.map { Array($0.utf8) } }
      let first = try JSONValue(parsing: blocks[0] ?? [], file: "")
      #expect(first["MID"]?.doubleValue == 1.5 && first["*.attn1"]?.doubleValue == 0)
      #expect(blocks[1].map { String(decoding: $0, as: UTF8.self) } == "{\"unet\": 0.5}")
      let weighing = request.weighing
      #expect(
        weighing.prompts == [
          .init(text: "a fox"), .init(text: "an ink fox", weight: 2.5), .init(text: "a cat"),
          .init(text: "a dog"),
        ])
      #expect(weighing.method == "attention")
      #expect(
        weighing.weights.map(\.adapter) == ["ink"] && weighing.weights.map(\.weight) == [-0.5])
      #expect(
        weighing.encoder
          == EncoderRequest(
            spec: "\(path)/models/clip", tokenizer: "\(path)/models/tokenizer", tower: .g))
      #expect(weighing.cache == "\(path)/.cache")
      #expect(
        weighing.attention
          == AttentionOptions(
            kind: .softmax, temperature: .auto, mix: .norm, topK: 3, minimumScore: -0.1))
      #expect(weighing.strength == 1.25)
      #expect(weighing.modules.textEncoderStrength == 0 && weighing.modules.modelStrength == 0.5)
      #expect(weighing.modules.blockWeights == "\(path)/blocks/all.json")
      #expect(weighing.modules.gates == "\(path)/gates.json")
      #expect(weighing.promptSyntax == .plain && weighing.longText == .truncate)
      #expect(request.reading.fixesSplitAlpha && request.reading.lokrScale == 2)
      #expect(request.options.rank == .energy(0.995))
      #expect(request.options.dialect == .diffusers && request.options.dtype == .bf16)
      #expect(
        request.output
          == {
            var output = MergeRequest.Output(path: "\(path)/out/card.safetensors.zst")
            output.level = 19
            return output
          }())
      #expect(request.base == nil && !request.allowsUnmatched)
      #expect(request.conflicts == [])
      #expect(
        Set(target.inputs.map(\.path))
          == Set([
            "/lib/ink.safetensors", "\(path)/adapters/fox-v2.safetensors", "\(path)/models/clip",
            "\(path)/models/tokenizer", "\(path)/blocks/all.json", "\(path)/gates.json",
          ]))
    }
  }

  @Test func whatIsNotSaidIsAsInMerge() throws {
    try RecipeFolder.with { folder in
      let recipe = try folder.recipe(
        """
        adapters: [a.safetensors, peft/b]
        targets:
          - {name: x, prompts: a fox, output: x.safetensors}
        """)
      let request = recipe.targets[0].request
      let plain = MergeRequest(adapters: [])
      #expect(request.adapters.map(\.name) == ["a", "b"])
      #expect(request.adapters.map(\.strength) == [1, 1])
      #expect(request.adapters.allSatisfy { $0.keys.isEmpty && $0.blockWeights == nil })
      #expect(request.weighing.method == plain.weighing.method)
      #expect(request.weighing.encoder == plain.weighing.encoder)
      #expect(request.weighing.attention == plain.weighing.attention)
      #expect(request.weighing.strength == 1 && request.weighing.weights.isEmpty)
      #expect(request.weighing.promptSyntax == plain.weighing.promptSyntax)
      #expect(request.weighing.longText == plain.weighing.longText)
      #expect(request.reading == plain.reading)
      #expect(request.options.rank == .exact && request.options.dtype == nil)
      #expect(request.output.level == 3 && request.output.replaces)
    }
  }

  /// A default holds where it can: what only adapters have is not used where a model is written.
  @Test func defaultsHoldWhereTheyCan() throws {
    try RecipeFolder.with { folder in
      let recipe = try folder.recipe(
        """
        adapters: [fox.safetensors, ink.safetensors]
        base: sd.safetensors
        promptSets: {day: a fox, night: [a fox at night]}
        defaults:
          promptSet: day
          rank: 32
          dialect: kohya
          dtype: F16
          allowUnmatched: true
          weights: {ink: 0.5}
          level: 9
          output: 'out/{name}.safetensors'
        targets:
          - name: model
          - {name: adapter, base: null, level: null}
          - {name: own, prompts: a cat, adapters: fox}
          - {name: fixed, method: linear}
          - {name: both, promptSet: [night, day]}
        """)
      let requests = recipe.targets.map(\.request)
      #expect(requests.map { $0.base != nil } == [true, false, true, true, true])
      #expect(requests.map(\.allowsUnmatched) == [true, false, true, true, true])
      #expect(requests.map(\.options.rank) == [.exact, .rank(32), .exact, .exact, .exact])
      #expect(requests.map(\.options.dtype) == [nil, .f16, nil, nil, nil])
      #expect(requests.map(\.output.level) == [9, 3, 9, 9, 9])
      #expect(
        requests.map { $0.weighing.prompts.map(\.text) } == [
          ["a fox"], ["a fox"], ["a cat"], [], ["a fox at night", "a fox"],
        ])
      #expect(requests.map { $0.weighing.weights.count } == [1, 1, 0, 1, 1])
      #expect(
        requests.map(\.output.path)
          == recipe.targets.map {
            "\(folder.path)/out/\($0.name).safetensors"
          })
      #expect(recipe.warnings == [])
      // The default is not an input of a target that has another value.
      #expect(!recipe.targets[1].inputs.contains { $0.path.hasSuffix("sd.safetensors") })
    }
  }

  @Test func unusedDefaultsAreTold() throws {
    try RecipeFolder.with { folder in
      let recipe = try folder.recipe(
        """
        adapters: [fox.safetensors]
        base: sd.safetensors
        defaults: {rank: 32}
        promptSets: {day: a fox}
        targets:
          - {name: model, prompts: a fox, output: model.safetensors}
        """)
      #expect(
        recipe.warnings.map { "\($0.place.line):\($0.place.column): \($0.problem)" } == [
          "3:12: no target uses the default of 'rank'",
          "4:14: no target uses the prompt set 'day'",
        ])
    }
  }

  @Test func aMatrixHasEveryCombination() throws {
    try RecipeFolder.with { folder in
      let recipe = try folder.recipe(
        """
        adapters: [fox.safetensors, ink.safetensors, sky.safetensors]
        promptSets:
          day: a fox
          night: [a fox at night]
        targets:
          - name: '{promptSet}-{adapters}-{rank}'
            output: 'out/{promptSet}/{{{rank}}}/{name}.safetensors'
            matrix:
              promptSet: [day, night]
              adapters: {drawn: [ink, fox], sky: sky}
              rank: [4, exact, 99%]
        """)
      #expect(
        recipe.targets.map(\.name) == [
          "day-drawn-4", "day-drawn-exact", "day-drawn-99%", "day-sky-4", "day-sky-exact",
          "day-sky-99%", "night-drawn-4", "night-drawn-exact", "night-drawn-99%", "night-sky-4",
          "night-sky-exact", "night-sky-99%",
        ])
      let target = recipe.targets[8]
      #expect(
        target.request.output.path == "\(folder.path)/out/night/{99%}/night-drawn-99%.safetensors")
      #expect(target.request.weighing.prompts.map(\.text) == ["a fox at night"])
      #expect(target.request.adapters.map(\.name) == ["ink", "fox"])
      #expect(target.request.options.rank == .energy(0.99))
    }
  }

  @Test func encodersAreNamesPathsOrTheBase() throws {
    try RecipeFolder.with { folder in
      try folder.write("", to: "org/local/config.json")
      let recipe = try folder.recipe(
        """
        adapters: [fox.safetensors]
        defaults: {prompts: a fox, output: '{name}.safetensors'}
        targets:
          - {name: a, encoder: builtin}
          - {name: b, encoder: openai/clip-vit-large-patch14}
          - {name: c, encoder: org/local}
          - {name: d, encoder: ./openai/clip}
          - {name: e, encoder: base, base: sd.safetensors}
        """)
      #expect(
        recipe.targets.map(\.request.weighing.encoder.spec) == [
          "builtin", "openai/clip-vit-large-patch14", "\(folder.path)/org/local",
          "\(folder.path)/openai/clip", "\(folder.path)/sd.safetensors",
        ])
    }
  }

  @Test func foldersAndPatternsStandForAdapters() throws {
    try RecipeFolder.with { folder in
      for name in [
        "all/b.safetensors", "all/sub/a.safetensors.zst", "all/peft/adapter_config.json",
        "all/peft/adapter_model.safetensors", "all/readme.txt", "some/cat1.safetensors",
        "some/cat2.safetensors", "some/cat10.safetensors", "some/dog.safetensors", "some/cat3.txt",
        "some/.cat4.safetensors",
      ] { try folder.write("", to: name) }
      let recipe = try folder.recipe(
        """
        adapters:
          - all/
          - {file: 's?me/cat*', strength: 0.5}
          - {name: cat10, strength: 2, key: the tenth}
        targets:
          - {name: x, prompts: a fox, output: x.safetensors}
        """)
      let adapters = recipe.targets[0].request.adapters
      #expect(adapters.map(\.name) == ["b", "peft", "a", "cat1", "cat10", "cat2"])
      #expect(adapters.map(\.strength) == [1, 1, 1, 0.5, 2, 0.5])
      #expect(adapters[4].keys == ["the tenth"])
      #expect(adapters[1].path == "\(folder.path)/all/peft")
      #expect(recipe.targets[0].missingInputs == [])
    }
  }

  @Test func missingInputsAreToldWithTheirPlaces() throws {
    try RecipeFolder.with { folder in
      try folder.write("", to: "fox.safetensors")
      let recipe = try folder.recipe(
        """
        adapters:
          - fox.safetensors
          - file: ink.safetensors
        targets:
          - {name: x, prompts: a fox, output: x.safetensors, base: sd.safetensors}
          - {name: y, prompts: a fox, output: y.safetensors, adapters: [fox]}
        """)
      #expect(recipe.targets[1].missingInputs == [])
      #expect(
        recipe.targets[0].missingInputs.map { "\($0.place.line):\($0.place.column) \($0.kind)" }
          == ["3:11 unreadable", "5:60 unreadable"])
    }
  }

  /// Recipes that the schema is held to, too.
  @Test(arguments: [
    ("lorac-everything.yaml", 15), ("lorac-base.yaml", 5), ("lorac-child.yaml", 5),
    ("lorac.json", 1),
    ("lorac-contract.yaml", 1),
  ])
  func goodRecipesAreRead(_ name: String, _ count: Int) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/good").path
    let recipe = try Recipe(path: "\(folder)/\(name)")
    #expect(recipe.targets.count == count)
    for target in recipe.targets { #expect(target.request.conflicts == []) }
    guard name == "lorac-contract.yaml" else { return }
    let request = recipe.targets[0].request
    #expect(request.adapters.map(\.name) == ["watercolor", "fox"])
    #expect(request.adapters[0].keys == ["watercolor painting with soft washes"])
    #expect(request.base == "\(folder)/models/sdxl.safetensors" && request.options.rank == .exact)
    #expect(
      recipe.warnings.map(\.problem)
        == ["rank", "dialect", "dtype"].map {
          "no target uses the default of '\($0)'"
        })
  }
}
