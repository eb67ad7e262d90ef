import Foundation
import Fusion
import Recipes
import Testing

/// Recipes that are written from adapters: what they say is what the files tell, however odd.
@Suite struct RecipeTemplateTests {
  static let adapters = RecipeSchemaTests.repository.appendingPathComponent(
    "examples/shapes/adapters"
  ).path

  /// Names that YAML readers, shells or globs may take for something else.
  static let names = [
    "it's a: fox #1", "no", "on", "012", "1e3", "~", "null", "- dash", "-x", "a\"b", "back\\slash",
    "ünï 🦊", "*star*", "wh?t", "[list]", "{map}", "{{x}}", "&anchor", "!tag", "%percent", "@at",
    "`tick",
    " space ", "a,b", "a:b", "a: b", "true", "\u{200B}hidden", "<<", "=", "|", ">", "?", "0x1F",
    "1:30",
  ]

  static func template(_ folder: RecipeFolder, of files: [String]) throws -> RecipeTemplate {
    RecipeTemplate(
      try files.map { try FileInspection(path: "\(folder.path)/\($0)") }, folder: folder.path)
  }

  private func copy(_ name: String, to folder: RecipeFolder, as file: String) throws {
    try folder.write(
      Data(contentsOf: URL(fileURLWithPath: "\(Self.adapters)/\(name).safetensors")), to: file)
  }

  @Test func oddNamesAreReadBack() throws {
    try RecipeFolder.with { folder in
      let files = Self.names.map { "lib/\($0).safetensors" }
      for file in files { try copy("heart", to: folder, as: file) }
      let template = try Self.template(folder, of: files)
      let recipe = try folder.recipe(template.text(exampleOf: template.adapters))
      let adapters = recipe.targets[0].request.adapters
      #expect(adapters.map(\.name) == Self.names)
      #expect(adapters.map(\.path) == files.map { "\(folder.path)/\($0)" })
      #expect(recipe.targets[0].missingInputs == [])
      #expect(adapters.allSatisfy { $0.keys == ["heart: a love heart shape"] })
      #expect(recipe.warnings == [])
    }
  }

  @Test func namesThatAreTakenGetTheirFolder() throws {
    try RecipeFolder.with { folder in
      let files = ["a/fox", "b/fox", "c/b/fox", "c/b-fox"].map { "\($0).safetensors" }
      for file in files { try copy("heart", to: folder, as: file) }
      let template = try Self.template(folder, of: files)
      #expect(template.adapters.map(\.name) == ["fox", "b-fox", "fox-2", "c-b-fox"])
      #expect(
        try folder.recipe(template.text(exampleOf: [template.adapters[2]])).targets[0]
          .request.adapters.map(\.name) == ["fox-2"])
    }
  }

  @Test func theExampleAsksForItsFirstAdapter() throws {
    try RecipeFolder.with { folder in
      for name in ["moon", "neon", "heart"] {
        try copy(name, to: folder, as: "lib/\(name).safetensors")
      }
      let template = try Self.template(
        folder, of: ["moon", "neon", "heart"].map { "lib/\($0).safetensors" })
      let text = template.text(exampleOf: template.adapters)
      #expect(
        text.contains(
          "    key: \"crescent moon: a crescent moon shape\"   # from: modelspec.description"))
      #expect(text.contains("  # UNet of diffusers, kohya, rank 6, 64 modules\n"))
      let request = try folder.recipe(text).targets[0].request
      let library = try AdapterLibrary(request, threads: 1)
      let weighed = try WeighedLibrary(library, request.weighing, threads: 1)
      #expect(weighed.weights.weights[0] == 1)
      #expect(weighed.keys.allSatisfy { $0.source == .recipe })
      #expect(request.output.path == "\(folder.path)/out/example.safetensors")
    }
  }

  /// What is quoted is read back, whatever it is.
  @Test func textsAreReadBack() throws {
    var generator = RecipeMutationTests.SplitMix(seed: 7)
    let alphabet = Array(
      "aZ09 :#-?*&!|>'\"%@`{}[],\\\n\t=~<.é漢🦊\u{85}\u{A0}\u{2028}\u{200B}\u{E000}\u{FEFE}/_+()$^;"
        .unicodeScalars)
    try RecipeFolder.with { folder in
      var texts = Self.names
      for _ in 0..<400 {
        var text = String.UnicodeScalarView("a".unicodeScalars)
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
          text.insert(
            alphabet.randomElement(using: &generator) ?? "x",
            at: Bool.random(using: &generator) ? text.startIndex : text.endIndex)
        }
        texts.append(String(text))
      }
      let list = texts.map { "  - {text: \(QuotedScalar($0))}\n" }.joined()
      try folder.write(list, to: "p.yaml")
      let read = try PromptFile.prompts(at: "\(folder.path)/p.yaml").map(\.text)
      for (found, text) in zip(read, texts) {
        #expect(Array(found.unicodeScalars) == Array(text.unicodeScalars), "\(QuotedScalar(text))")
      }
      #expect(read.count == texts.count)
    }
  }
}
