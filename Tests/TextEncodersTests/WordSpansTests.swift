import Testing
import TextEncoders

@Suite("Word spans")
struct WordSpansTests {
  @Test("all runs of words, by start and length")
  func smallPrompt() {
    #expect(
      WordSpans.spans(of: "a red heart") == [
        "a", "a red", "a red heart", "red", "red heart", "heart",
      ])
  }

  @Test("at most six words, and the whole")
  func longestSpan() {
    let spans = WordSpans.spans(of: "a red heart in neon style tonight")
    #expect(spans.count == 7 + 6 + 5 + 4 + 3 + 2 + 1)
    #expect(spans.last == "a red heart in neon style tonight")
    #expect(spans.contains("red heart in neon style tonight"))
  }

  @Test("punctuation around a span goes, inside it stays")
  func punctuation() {
    let spans = WordSpans.spans(of: "(heart, neon) - “sky”")
    #expect(spans.contains("heart"))
    #expect(spans.contains("heart, neon"))
    #expect(spans.contains("sky"))
    #expect(!spans.contains("heart,"))
    #expect(WordSpans.spans(of: "C++ C#").prefix(3) == ["C++", "C++ C#", "C#"])
  }

  @Test("equal spans are given once")
  func duplicates() {
    #expect(WordSpans.spans(of: "fox, fox") == ["fox", "fox, fox"])
  }

  @Test("empty and blank texts have no span but themselves")
  func empty() {
    #expect(WordSpans.spans(of: "") == [])
    #expect(WordSpans.spans(of: " \n") == [" \n"])
  }

  @Test("huge prompts give a bounded number of bounded spans")
  func huge() {
    let words = (0..<10_000).map { "w\($0)" }
    let spans = WordSpans.spans(of: words.joined(separator: " "))
    #expect(spans.count <= 6 * WordSpans.wordLimit + 1)
    #expect(spans.contains("w255"))
    #expect(!spans.contains("w256"))
    let long = String(repeating: "x", count: 101)
    #expect(WordSpans.spans(of: "a \(long) b") == ["a", "b", "a \(long) b"])
  }
}
