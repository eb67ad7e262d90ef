import Fusion
import Testing

@Suite struct KeysTriggerTests {
  private func found(_ words: [String], in prompt: String) throws -> String? {
    var scene = Scene(keys(1), [query([0.5])])
    (scene.texts, scene.triggers) = ([prompt], [words])
    return try scene.weights().prompts[0].triggers.first?.word
  }

  @Test(arguments: [
    ("heart", "a red heart"), ("Heart", "HEART, red"), ("polka dots", "in Polka_Dots style"),
    ("ohwx_man", "photo of ohwx man"), ("heart", "(heart)"), ("heart", "heart"),
    ("a  b", "x a\tb"), ("ÉTÉ", "un été"), ("星星", "红色的星星图"), ("c++", "in c++ code"),
  ])
  func `a word is found`(word: String, prompt: String) throws {
    #expect(try found([word], in: prompt) == word)
  }

  @Test(arguments: [
    ("heart", "sweetheart"), ("heart", "hearts"), ("art", "heart"), ("heart", ""), ("", "x"),
    ("_", "a b"), (",", "a, b"), ("red heart", "red, heart"), ("s", "it is"),
    ("a longer phrase", "a longer"), ("x2", "x22"),
  ])
  func `what is no word of the prompt is not`(word: String, prompt: String) throws {
    #expect(try found([word], in: prompt) == nil)
  }

  @Test(arguments: [AttentionKind.softmax, .sparse])
  func `the bonus is added once and reported`(kind: AttentionKind) throws {
    var scene = Scene(keys(2), [query([0.4, 0.4])])
    scene.texts = ["a red fox, ohwx"]
    scene.triggers = [["blue"], ["ohwx", "red fox"]]
    scene.options = AttentionOptions(kind: kind, minimumScore: 0.5)
    let prompt = try scene.weights().prompts[0]
    #expect(isClose(prompt.cosines, [0.4, 0.4]))
    #expect(isClose(prompt.scores, [0.4, 0.55]))
    #expect(prompt.triggers.map(\.adapter) == ["a1"] && prompt.triggers.map(\.word) == ["ohwx"])
    // It counts for the minimum score too.
    #expect(prompt.shares == [0, 1])
  }
}
