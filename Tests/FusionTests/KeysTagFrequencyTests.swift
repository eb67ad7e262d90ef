import Fusion
import Testing

@Suite struct KeysTagFrequencyTests {
  private func text(_ json: String) -> String {
    KeyResolver(path: "none/n.safetensors", metadata: ["ss_tag_frequency": json]).key().texts[0]
  }

  @Test func `counts are summed over folders, ties in the order of bytes`() {
    let json = #"{"b": {"sky": 3, "fox": 2, "ant": 1}, "a": {"fox": 2, "bee": 1, " ": 9}}"#
    #expect(text(json) == "n: fox, sky, ant, bee")
  }

  @Test func `eight tags are enough`() {
    let tags = (10..<40).map { "\"t\($0)\": 5" }.joined(separator: ", ")
    #expect(text("{\"d\": {\(tags)}}") == "n: t10, t11, t12, t13, t14, t15, t16, t17")
  }

  @Test(arguments: [
    #"{"d": {"fox": 2, "a": NaN, "b": Infinity, "c": -5, "e": "9", "f": null, "g": [1]}}"#,
    #"{"d": {"fox": 2}, "x": 7, "y": [{"sky": 9}], "z": null, "w": "sky"}"#,
    #"{"d": {"fox": 1e308}, "e": {"fox": 1e308}}"#,
  ])
  func `what is no count is passed over`(json: String) {
    #expect(text(json) == "n: fox")
  }

  /// What no trainer writes is read as the decoder reads it, and all else the same way.
  @Test(arguments: [
    #"{"d": {"fox": 2, "sky": 1, "sky": 1}}"#, #"{"d": {"fox": +2.5, "sky": .5}}"#,
    #"{"d": {"fox": 2e0, "sky": 1},}"#, #"{d: {fox: 2, sky: 1}}"#,
    #"{"d": {"fox": 0, "sky": 1, "a": true, "b": [1]}, "e": {"fox": 12345678901234567890}}"#,
  ])
  func `spellings of JSON do not matter`(json: String) {
    #expect(text(json) == "n: fox, sky")
  }

  @Test(arguments: [
    "", "{", "[]", "null", "12", "None", "{\"d\": {}}", "{\"d\": {\"a\": 0}}", "\u{0}",
    String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    String(repeating: "x", count: 1_000_000),
  ])
  func `text without counts has no tags`(json: String) {
    #expect(text(json) == "n")
  }

  @Test func `a great many tags are read`() {
    let tags = (0..<50_000).map { "\"tag \($0)\": \($0)" }.joined(separator: ",")
    #expect(text("{\"d\": {\(tags)}}").hasPrefix("n: tag 49999, tag 49998"))
  }
}
