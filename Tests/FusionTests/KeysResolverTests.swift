import Foundation
import Fusion
import Testing

@Suite struct KeysResolverTests {
  /// A source of keys, what it makes, and everything that it must win against.
  struct Level: CustomTestStringConvertible {
    let testDescription: String
    let metadata: [String: String]
    let texts: [String]
    let source: String

    init(
      _ testDescription: String, _ metadata: [String: String], _ texts: [String],
      _ source: String
    ) {
      (self.testDescription, self.metadata) = (testDescription, metadata)
      (self.texts, self.source) = (texts, source)
    }

    /// From the best to the worst; each has its own entry and, in the test, those after it.
    static let all = [
      Level("own entry", ["lorac.key": "own text"], ["own text"], "lorac.key"),
      Level(
        "description", ["modelspec.description": "a love\n heart", "modelspec.title": "heart"],
        ["heart: a love heart"], "modelspec.description"),
      Level(
        "trigger phrase", ["modelspec.trigger_phrase": "ohwx heart"], ["ohwx heart"],
        "modelspec.trigger_phrase"),
      Level(
        "tags", ["modelspec.tags": "love, shape"], ["heart: love, shape"], "modelspec.tags"),
      Level(
        "tag frequency", ["ss_tag_frequency": #"{"1_a": {"red": 1, "blue": 2}}"#],
        ["heart: blue, red"], "ss_tag_frequency"),
      Level("file name", [:], ["my heart v2"], "file name"),
    ]
  }

  private func key(
    _ metadata: [String: String], path: String = "none/my_heart-v2.safetensors",
    explicit: [String] = [], recipe: [String] = []
  ) -> AdapterKey {
    KeyResolver(path: path, metadata: metadata).key(explicit: explicit, recipe: recipe)
  }

  @Test(arguments: Level.all.indices)
  func `the first that exists wins`(position: Int) {
    let level = Level.all[position]
    var metadata = ["modelspec.title": "heart"]
    for other in Level.all[position...] { metadata.merge(other.metadata) { first, _ in first } }
    let found = key(metadata)
    #expect(found.texts == level.texts)
    #expect(found.source.description == level.source)
    #expect(found.notes.isEmpty)
  }

  @Test func `texts of the command and the recipe stand as they are`() {
    let metadata = ["lorac.key": "x", "modelspec.title": "t"]
    let option = key(metadata, explicit: ["one ", "two"], recipe: ["three"])
    #expect(option.texts == ["one ", "two"] && option.source.description == "option")
    let recipe = key(metadata, recipe: ["three"])
    #expect(recipe.texts == ["three"] && recipe.source.description == "recipe")
  }

  @Test func `lorac.key may be a list`() {
    #expect(key(["lorac.key": #"["a fox", "a red fox"]"#]).texts == ["a fox", "a red fox"])
    #expect(key(["lorac.key": "[red] fox"]).texts == ["[red] fox"])
    #expect(key(["lorac.key": "[]"]).source == .fileName)
  }

  @Test(arguments: [
    (["modelspec.title": "Title", "ss_output_name": "out_name"], "Title: a fox"),
    (["ss_output_name": "out_name"], "out name: a fox"),
    (["modelspec.title": " ", "ss_output_name": "None"], "my heart v2: a fox"),
    (["modelspec.title": "A Fox"], "a fox"),
  ])
  func `the title is the best there is`(metadata: [String: String], expected: String) {
    let described = metadata.merging(["modelspec.description": "a fox"]) { first, _ in first }
    #expect(key(described).texts == [expected])
  }

  @Test(arguments: [
    ("a/b/my_style.v2.safetensors", "my style v2"), ("ink+wash.safetensors.zst", "ink wash"),
    ("folder/peft-adapter/", "peft adapter"), ("___.safetensors", "___"), ("x", "x"),
    ("UPPER.SAFETENSORS", "UPPER"), (".safetensors", "safetensors"),
  ])
  func `a file's name becomes words`(path: String, expected: String) {
    #expect(key([:], path: path).texts == [expected])
  }

  @Test func `a description loses its tags and its tail`() {
    let long =
      "<p>Ink &amp; wash</p><br/>" + Array(repeating: "word", count: 5000).joined(separator: " ")
    let text = key(["modelspec.title": "t", "modelspec.description": long]).texts[0]
    #expect(text.hasPrefix("t: Ink & wash word word"))
    #expect(text.count <= 1003 && text.hasSuffix("word"))
    #expect(key(["modelspec.description": "<br>"]).source == .fileName)
    #expect(
      key(["modelspec.description": "3 < 4 > 2 &lt;b&gt;"]).texts[0].hasSuffix("3 < 4 > 2 <b>"))
  }

  @Test func `trigger words are listed once, from phrase and instance prompt`() {
    let found = key([
      "modelspec.trigger_phrase": "ohwx, red fox ,", "instance_prompt": "ohwx,  sks dog",
    ])
    #expect(found.triggers == ["ohwx", "red fox", "sks dog"])
  }
}
