import Fusion
import Testing

@Suite struct AttentionSpansTests {
  @Test func `every run of words once, and the whole`() {
    #expect(
      WordSpans.texts(in: " a red  fox\n") == ["a", "a red", "a red fox", "red", "red fox", "fox"])
    #expect(WordSpans.texts(in: "go go") == ["go", "go go"])
  }

  @Test func `runs end at six words but the whole is there`() {
    let texts = WordSpans.texts(in: "1 2 3 4 5 6 7 8")
    #expect(texts.contains("2 3 4 5 6 7") && texts.contains("1 2 3 4 5 6 7 8"))
    #expect(!texts.contains("1 2 3 4 5 6 7"))
    #expect(texts.count == 8 + 7 + 6 + 5 + 4 + 3 + 1)
  }

  @Test(arguments: ["", "  "])
  func `a prompt without words is its own span`(prompt: String) {
    #expect(WordSpans.texts(in: prompt) == [prompt])
  }
}
