import Formats
import Foundation
import Testing

/// Patterns of PEFT configurations, through the ranks and scales that they give.
@Suite struct PathExpressionTests {
  /// Writes a PEFT adapter of one module of rank 2, whose alpha is 4 or, where `pattern` matches, 6.
  static func scale(of module: String, pattern: String) throws -> Double {
    try Fixtures.withTemporaryFolder { folder in
      let config = JSONValue.object([
        "peft_type": .string("LORA"), "r": .integer(2), "lora_alpha": .integer(4),
        "alpha_pattern": .object(pairs: [(pattern, .integer(6))]),
      ])
      try Data(config.compact.utf8).write(to: URL(fileURLWithPath: "\(folder)/adapter_config.json"))
      let layout = try SafetensorsLayout(
        tensors: [
          .init(name: "base_model.model.\(module).lora_A.weight", dtype: .f32, shape: [2, 1]),
          .init(name: "base_model.model.\(module).lora_B.weight", dtype: .f32, shape: [1, 2]),
        ], metadata: [:], file: "test")
      try Data(layout.header + [UInt8](repeating: 0, count: layout.dataByteCount))
        .write(to: URL(fileURLWithPath: "\(folder)/adapter_model.safetensors"))
      return try AdapterFile(path: folder).modules[0].scale.value
    }
  }

  /// Expected values by Python's `re.match(rf"(.*\.)?({key})$", path)`.
  @Test(arguments: [
    ("q_proj", "model.layers.0.q_proj", true), ("q_proj", "model.layers.0.xq_proj", false),
    ("layers.0.q_proj", "model.layers.0.q_proj", true), ("q", "model.layers.0.q_proj", false),
    (#"^model\.layers\.0\.q_proj"#, "model.layers.0.q_proj", true),
    (#"^layers\.0\.q_proj"#, "model.layers.0.q_proj", false),
    (#"layers\.[0-3]\.(q|v)_proj"#, "model.layers.3.v_proj", true),
    (#"layers\.[0-3]\.(q|v)_proj"#, "model.layers.4.v_proj", false),
    (#".*\.\d+\.q_proj"#, "model.layers.17.q_proj", true), (#"(?:a|b){2,3}"#, "m.abb", true),
    (#"(?:a|b){2,3}"#, "m.abba", false), (#"[^k]_proj"#, "m.k_proj", false),
    (#"(a|aa)+"#, "m.aaaaa", true), ("v?_proj$", "m._proj", true),
  ]) func matchesAsPythonDoes(_ pattern: String, _ module: String, _ matches: Bool) throws {
    #expect(try Self.scale(of: module, pattern: pattern) == (matches ? 3 : 2))
  }

  /// Patterns that take a backtracking matcher forever.
  @Test(arguments: [
    "(a|a)*b", "(a|aa)+c", "(a?a?)*?x", "(.|.)*x", "(?:a|a){30}x", "a*a*a*a*a*a*a*a*a*a*x",
    "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x", "((a*)*)*x",
  ]) func hostilePatternsEnd(_ pattern: String) throws {
    let module = String(repeating: "a", count: 300) + ".q_proj"
    #expect(try Self.scale(of: module, pattern: pattern) == 2)
  }

  @Test(arguments: ["(", "a{9999}", "[", "a**", "\\", "(?P<x>a)", "a{2,1}", "*"])
  func malformedPatternsAreRefused(_ pattern: String) {
    #expect(throws: FormatError.self) { try Self.scale(of: "m.q", pattern: pattern) }
  }

  /// The alphas that patterns give the modules at `paths` of rank 1; 100 is that of the others.
  private static func alphas(_ keys: [String], _ paths: [String]) throws -> [Double?] {
    let members = keys.enumerated().map { index, key in
      "\"\(key.replacing("\\", with: "\\\\"))\": \(index + 1)"
    }
    let text =
      "{\"r\": 1, \"lora_alpha\": 100, \"alpha_pattern\": {\(members.joined(separator: ", "))}}"
    let config = try PEFTConfig(text: Array(text.utf8), file: "config")
    return paths.map { config.scale(of: $0, rank: 1) }
  }

  /// Whole paths are found by themselves, and the first pattern holds all the same.
  @Test func firstOfManyPatternsHolds() throws {
    let keys = ["^a\\.b", "b", "^a\\.c", ".*c", "^a\\.d", "^(x|y)\\.z", "^a_1-2\\.B"]
    let paths = ["a.b", "x.b", "a.c", "q.c", "a.d", "y.z", "a_1-2.B", "x.a.d", "aXd"]
    #expect(try Self.alphas(keys, paths) == [1, 2, 3, 4, 5, 6, 7, 100, 100])
    #expect(try Self.alphas(["d", "^a\\.d"], ["a.d"]) == [1])
    #expect(throws: FormatError.self) { try Self.alphas(["^a("], ["a"]) }
  }
}
