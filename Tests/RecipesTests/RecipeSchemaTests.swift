import Formats
import Foundation
import Recipes
import Testing

/// The schema that editors use has the names of the parser, no more and no fewer.
///
/// What values it accepts, `scripts/recipe_schema.py` holds to the recipes of these tests.
@Suite struct RecipeSchemaTests {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  let schema: JSONValue

  init() throws {
    let url = Self.repository.appendingPathComponent("docs/recipe.schema.json")
    schema = try JSONValue(parsing: Array(Data(contentsOf: url)), file: "recipe.schema.json")
  }

  private func names(_ object: JSONValue?) -> Set<String> {
    Set(object?["properties"]?.members?.map(\.key) ?? [])
  }

  private func names<Field: RawRepresentable & CaseIterable>(
    _: Field.Type
  ) -> Set<String> where Field.RawValue == String {
    Set(Field.allCases.map(\.rawValue))
  }

  private var definitions: JSONValue? { schema["$defs"] }

  @Test func fieldsAreThoseOfTheParser() throws {
    let settings = names(SettingField.self)
    #expect(names(schema) == names(RecipeFields.Document.self))
    #expect(names(schema["properties"]?["defaults"]) == settings)
    let target = definitions?["target"]
    #expect(names(target) == settings.union(names(RecipeFields.Target.self)))
    #expect(
      names(target?["properties"]?["matrix"])
        == Set(SettingField.allCases.filter(\.mayVary).map(\.rawValue)))
    #expect(
      names(definitions?["adapter"]?["anyOf"]?.elements?[1]) == names(RecipeFields.Adapter.self))
    #expect(
      names(definitions?["prompt"]?["anyOf"]?.elements?[1]) == names(RecipeFields.Prompt.self))
    #expect(Set(definitions?["fields"]?.members?.map(\.key) ?? []) == settings)
  }

  @Test func nothingElseIsAllowed() throws {
    let closed = [
      schema, schema["properties"]?["defaults"], definitions?["target"],
      definitions?["target"]?["properties"]?["matrix"],
      definitions?["adapter"]?["anyOf"]?.elements?[1],
      definitions?["prompt"]?["anyOf"]?.elements?[1],
    ]
    for object in closed { #expect(object?["additionalProperties"] == .bool(false)) }
  }

  @Test(arguments: SettingField.allCases)
  func wordsAreThoseOfTheParser(_ field: SettingField) throws {
    let definition = try #require(definitions?["fields"]?[field.rawValue])
    #expect(definition["description"]?.stringValue?.hasSuffix(".") == true)
    let words = definition["enum"]?.elements?.compactMap(\.stringValue) ?? []
    #expect(Set(words) == Set(field.choices))
    // Every use of the field is this definition.
    let reference = JSONValue.string("#/$defs/fields/\(field.rawValue)")
    #expect(schema["properties"]?["defaults"]?["properties"]?[field.rawValue]?["$ref"] == reference)
    #expect(definitions?["target"]?["properties"]?[field.rawValue]?["$ref"] == reference)
  }

  @Test func levelsHaveTheirRange() {
    let level = definitions?["fields"]?["level"]
    #expect(level?["minimum"] == .integer(1) && level?["maximum"] == .integer(22))
  }

  /// The example of the documentation is the one that tests build.
  @Test func theDocumentedExampleIsTheRealOne() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: Self.repository.appendingPathComponent(path), encoding: .utf8)
    }
    let page = try text("docs/recipes.md").components(separatedBy: "```")
    let example = try text("examples/shapes/lorac.yaml")
    #expect(page[1].dropFirst("yaml\n".count) == example.drop { $0 != "\n" }.dropFirst(2))
  }

  /// The page names every field.
  @Test func everyFieldIsDocumented() throws {
    let url = Self.repository.appendingPathComponent("docs/recipes.md")
    let page = try String(contentsOf: url, encoding: .utf8)
    let names =
      names(SettingField.self).union(names(RecipeFields.Document.self))
      .union(names(RecipeFields.Adapter.self)).union(names(RecipeFields.Target.self))
    for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
    for word in SettingField.allCases.flatMap(\.choices) {
      #expect(page.contains("`\(word)`"), "\(word)")
    }
  }
}
