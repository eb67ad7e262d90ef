import Testing
import TextEncoders

@Suite("Prompt syntax")
struct PromptSyntaxTests {
  struct Example: CustomTestStringConvertible {
    let testDescription: String
    let prompt, expected: String

    init(_ name: String, _ prompt: String, _ expected: String) {
      (testDescription, self.prompt, self.expected) = (name, prompt, expected)
    }
  }

  static let marked: [Example] = [
    .init(
      "everything at once",
      "masterpiece, best quality, (a fox in snow:1.2), highly detailed, 8k "
        + "<lora:add_detail_v3:0.6> BREAK (sharp focus:1.1)", "a fox in snow"),
    .init("negative prompt", "a fox\nNegative prompt: cat, dog\nSteps: 20, Sampler: x", "a fox"),
    .init("line ends of Windows", "a fox\r\nNegative prompt: cat", "a fox"),
    .init("parameters alone", "a fox\nSteps: 20, Sampler: Euler", "a fox"),
    .init("adapter tag", "a fox <lora:snow_v2:0.8> at night", "a fox at night"),
    .init("other kinds of tags", "<lyco:a:1><hypernet:b:1>fox<lora:c:0.5:0.7>", "fox"),
    .init("weight", "(watercolor fox:1.3), night", "watercolor fox, night"),
    .init("nested", "((a (red:1.1) fox)), [[dull]] sky", "a red fox, dull sky"),
    .init("NovelAI braces", "{{fox}}, (snow:1.2)", "fox, snow"),
    .init("escaped brackets", "fox \\(animal\\), (snow:1.2), \\[x\\]", "fox (animal), snow, [x]"),
    .init("compel, words", "a fox++ in snow--, (night)1.3", "a fox in snow, night"),
    .init("compel, groups", "(a red fox)++ in (snow)-", "a red fox in snow"),
    .init("plus signs of names stay", "C++ and i++, (code:1.2)", "C++ and i++, code"),
    .init("schedule", "a [fox:cat:0.5] in [snow:0.3] [rain::0.5]", "a fox cat in snow rain"),
    .init("alternation", "a [red|blue] car, (night:1.2)", "a red blue car, night"),
    .init("keywords", "(fox:1.2) BREAK snow AND:0.5 night :1.2 AND sky", "fox, snow, night, sky"),
    .init("keywords inside words stay", "BREAKFAST, SAND, (fox:1.2)", "BREAKFAST, SAND, fox"),
    .init("brackets without partner", "a :) fox (:1.2, (snow:1.2)", "a :) fox (:1.2, snow"),
    .init("quality in a tag list", "masterpiece, best_quality, fox, 4k, HDR", "fox"),
    .init("scores", "score_9, score_8_up, source_pony, rating_safe, 1girl", "1girl"),
    .init("quality alone stays", "masterpiece, best quality", "masterpiece, best quality"),
    .init("joined tags", "1girl, long_hair, fate_(series)", "1girl, long hair, fate (series)"),
    .init("emoticons stay", "1girl, ^_^, long_hair, masterpiece", "1girl, ^_^, long hair"),
    .init("nothing but a tag", "<lora:snow:0.8>", "<lora:snow:0.8>"),
    .init("nothing but brackets", "(:1.2), <lora:a:1>", "(:1.2), <lora:a:1>"),
  ]

  @Test("auto removes web-UI syntax", arguments: marked)
  func cleans(_ example: Example) {
    #expect(PromptSyntax.auto.clean(example.prompt).text == example.expected)
  }

  static let ordinary: [String] = [
    "a watercolor fox under the stars",
    "A photo (taken at 10:30) of a fox, 16:9, in the snow.",
    "Compare 4k, hdr and uhd monitors.",
    "Rewrite f(x, y: 1.5) as f(y)(x) and keep items[i:j:2] and a[1:0.5].",
    "SELECT name FROM users WHERE (age > 30 AND city = 'Rome') BREAK",
    "for (int i = 0; i < n; i++) { sum += a[i]; }",
    "Solve (x + 1)(x - 2) = 0 and |x| < 3",
    "{\"name\": \"fox\", \"weight\": 1.2}",
    "if x < lora: return [a|b]",
    "Steps: 1. open the file, 2. read it",
    "read user_id from the table",
    "the masterpiece of a painter",
    "a <b>bold</b> fox; see <https://example.org>",
    "(parentheses) and [brackets] and {braces}",
    "  two  spaces\nand a line  ",
    "C++ or C#, snake_case or camelCase?",
    "(ratio 2:1.5)",
    "",
  ]

  @Test("auto leaves ordinary text as it is", arguments: ordinary)
  func leavesAlone(text: String) {
    expectUntouched(PromptSyntax.auto.clean(text), text)
  }

  @Test("plain leaves everything as it is", arguments: marked)
  func plain(_ example: Example) {
    expectUntouched(PromptSyntax.plain.clean(example.prompt), example.prompt)
  }

  private func expectUntouched(_ cleaned: CleanedPrompt, _ prompt: String) {
    #expect(cleaned.text == prompt)
    #expect(cleaned.adapterNames.isEmpty && cleaned.notes.isEmpty)
  }

  @Test("names of adapter tags are given once, in order")
  func names() {
    let cleaned = PromptSyntax.auto.clean("<lora:b:1> fox <lora:a:0.5:1> <lyco:b:1> <lora:c>")
    #expect(cleaned.adapterNames == ["b", "a", "c"])
    #expect(cleaned.notes == [.removedTags(names: ["b", "a", "c"])])
  }

  @Test("notes say what was done")
  func notes() {
    let cleaned = PromptSyntax.auto.clean("fox, 8k, masterpiece\nNegative prompt: cat")
    #expect(
      cleaned.notes == [
        .cutGenerationParameters, .droppedBoilerplate(items: ["8k", "masterpiece"]),
      ])
    #expect(
      cleaned.notes.map(\.description) == [
        "cut the negative prompt and the generation parameters",
        "dropped quality words: 8k, masterpiece",
      ])
    #expect(PromptSyntax.auto.clean("<lora:a:1>").notes.last == .keptAsNothingWasLeft)
  }

  @Test("underscores stay in trigger words")
  func triggerWords() {
    let cleaned = PromptSyntax.auto.clean(
      "long_hair, my_style, by my_style", triggerWords: ["my_style"])
    #expect(cleaned.text == "long_hair, my_style, by my_style")
    let tags = PromptSyntax.auto.clean("long_hair, my_style", triggerWords: ["my_style"])
    #expect(tags.text == "long hair, my_style")
  }

  @Test(
    "no prompt becomes empty, and cleaning takes linear time",
    arguments: [
      "(", ")", "[", "((:1.2)", "<lora:", "<lora:a:1>", "a|", "[a:", "word++", "1.2", ",", "\\(",
      ": ",
    ])
  func longPrompts(unit: String) {
    let text = String(repeating: unit, count: 20_000) + " (fox:1.2)"
    let elapsed = ContinuousClock().measure {
      #expect(!PromptSyntax.auto.clean(text).text.isEmpty)
    }
    #expect(elapsed < .seconds(15))
  }
}
