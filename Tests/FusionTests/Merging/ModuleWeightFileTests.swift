import Formats
import Foundation
import Fusion
import Testing

/// Files of block weights and gates that cannot be meant, and the patterns in them.
@Suite struct ModuleWeightFileTests {
  @Test(arguments: [
    ("unet.mid_block", "unet.mid_block.attentions.0.proj_in", true),
    ("unet.mid_block", "unet.mid_blocks.0", false),
    ("unet.down_blocks.1", "unet.down_blocks.10.x", false),
    ("unet.down_blocks.1", "unet.down_blocks.1", true),
    ("*", "anything.at.all", true),
    ("*attn1*", "unet.a.attn1.to_q", true),
    ("*.attn1", "unet.a.attn1.to_q", true),
    ("*.attn1", "unet.a.attn10.to_q", false),
    ("unet.*.to_q", "unet.a.to_q.b.to_qq", true),
    ("unet.*.to_k", "unet.a.to_q", false),
    ("*.to_?", "x.to_q", true),
    ("*.to_?", "x.to_out", false),
    ("a**b", "ab", true),
    ("IN0?", "IN04", true),
    ("IN0?", "IN1", false),
    ("?", "é", true),
    ("", "", true),
    ("", "a", false),
    ("*a*a*a*a*a*b", String(repeating: "a", count: 200), false),
  ])
  func patternsMatch(_ pattern: String, _ name: String, _ isMatch: Bool) {
    #expect(NameGlob(pattern).matches(Array(name.unicodeScalars)) == isMatch)
  }

  @Test(arguments: [
    ("kitten", "sitting", 3), ("a*c", "abbbc", 0), ("a?c", "abc", 0), ("a?c", "ac", 1),
    ("*x", "abc", 1), ("", "abc", 3), ("abc", "", 3),
  ])
  func distancesAreThoseOfEditing(_ pattern: String, _ name: String, _ distance: Int) {
    #expect(NameGlob(pattern).distance(to: name) == distance)
  }

  /// Of several patterns the one with most literal characters holds, of equals the later one.
  @Test func theClosestPatternHolds() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      func weight(_ text: String) throws -> Double {
        let weights = try ModuleWeightsTests.weights(
          paths, ModuleWeightsTests.options(blockWeights: text, in: folder))
        let file = try AdapterFile(path: paths[0])
        let module = try #require(file.modules.first { $0.target.path.hasSuffix("attn1.to_q") })
        return weights.weights(of: module, adapter: 0)[0]
      }
      #expect(try weight(#"{"unet.*": 2, "*": 3}"#) == 2)
      #expect(try weight(#"{"*": 3, "unet.*": 2}"#) == 2)
      #expect(try weight(#"{"unet.*.to_q": 2, "unet.d*": 3, "*.to_?": 4}"#) == 2)
      #expect(try weight(#"{"unet.*.to_?": 2, "unet.*.?o_q": 3}"#) == 3)
      #expect(try weight(#"{"IN08": 2, "unet": 3}"#) == 3)
      // What is said for one adapter goes before what is said for all.
      #expect(try weight(#"{"fox": {"*": 5}, "unet.down_blocks.2": 3}"#) == 5)
      #expect(try weight(#"{"fox": {"MID": 5}, "unet.down_blocks.2": 3}"#) == 3)
      #expect(try weight(#"{"ink": {"*": 5}, "unet": 3}"#) == 3)
    }
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    var blockWeights: String?
    var gates: String?
    let message: [String]
    var testDescription: String { blockWeights ?? gates ?? "" }
  }

  static let faults = [
    Fault(
      blockWeights: #"{"unet.midblock.*": 1}"#,
      message: ["blocks.json: pattern 'unet.midblock.*': matches no module", "unet.mid_block"]),
    Fault(blockWeights: #"{"*": 1e999}"#, message: ["JSON byte 6: is not a finite number"]),
    Fault(blockWeights: #"{"*": NaN}"#, message: ["JSON byte 6: expected a JSON value"]),
    Fault(blockWeights: #"{"*": true}"#, message: ["JSON byte 6: expected a JSON value"]),
    Fault(blockWeights: #"{"*": 1, "*": 2}"#, message: ["JSON byte 14: '*' has two numbers"]),
    Fault(blockWeights: #"{"*": 1"#, message: ["JSON byte 7: the JSON ends too early"]),
    Fault(blockWeights: #"{"": 1}"#, message: ["a pattern has 1 to"]),
    Fault(blockWeights: "{}", message: ["holds no weights"]),
    Fault(blockWeights: "", message: ["blocks.json"]),
    Fault(
      blockWeights: #"{"wolf": {"*": 1}}"#,
      message: ["blocks.json: JSON byte 9: no adapter is called 'wolf'", "fox, ink"]),
    Fault(
      blockWeights: #"{"fox": {"*": 1}, "fox": {"*": 1}}"#, message: ["'fox' is in the file twice"]),
    Fault(
      blockWeights: "[1, 2, 3]",
      message: ["a preset of 3 values does not fit 'fox', which is for SDXL", "12 or 20"]),
    Fault(
      blockWeights: #"{"ink": "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"}"#,
      message: ["a preset of 17 values does not fit 'ink', which is for SDXL", "12 or 20"]),
    Fault(blockWeights: "1,0,R", message: ["'R' is not a number of a preset"]),
    Fault(blockWeights: "\"1,,2\"", message: ["'' is not a number of a preset"]),
    Fault(gates: #"{"*": 1}"#, message: ["gates.json", "expected an object of adapters"]),
    Fault(gates: #"{"*": {"wolf": 1}}"#, message: ["no adapter is called 'wolf'", "fox, ink"]),
    Fault(gates: #"{"*": {"fox": "1"}}"#, message: ["JSON byte 14: expected a JSON value"]),
    Fault(gates: #"{"*": {"fox": -1e400}}"#, message: ["is not a finite number"]),
    Fault(
      gates: #"{"MIDDLE": {"fox": 1}}"#,
      message: ["gates.json: pattern 'MIDDLE': matches no module of any adapter", "'MID'"]),
    Fault(gates: "[1]", message: ["expected '{', found '['"]),
  ]

  @Test(arguments: faults) func whatCannotBeMeantIsRefused(_ fault: Fault) throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      let options = try ModuleWeightsTests.options(
        blockWeights: fault.blockWeights, gates: fault.gates, in: folder)
      let error = #expect(throws: FormatError.self) {
        try ModuleWeightsTests.weights(paths, options)
      }
      let text = (error?.description ?? "") + "\n" + (error?.remedy ?? "")
      for part in fault.message { #expect(text.contains(part), "\(text)") }
      #expect(error?.kind == .unacceptable)
    }
  }

  @Test func presetsAreForStableDiffusionOnly() throws {
    try TestMerge.withTemporaryFolder { folder in
      let family = try #require(FamilyRoundTripTests.families.first { $0.name == "Flux" })
      let path = try FamilyRoundTripTests.write(family, to: "\(folder)/a.safetensors")
      let numbers = [Int](repeating: 1, count: 26)
      let error = #expect(throws: FormatError.self) {
        try ModuleWeightsTests.weights(
          [path], ModuleWeightsTests.options(blockWeights: "\(numbers)", in: folder))
      }
      #expect(error?.problem.contains("'a' is for Flux") == true)
    }
  }

  @Test func aMissingFileIsMissing() throws {
    try TestMerge.withTemporaryFolder { folder in
      var options = ModuleWeightOptions()
      options.gates = "\(folder)/none.json"
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      let error = #expect(throws: FormatError.self) {
        try ModuleWeightsTests.weights(paths, options)
      }
      #expect(error?.kind == .unreadable)
    }
  }
}
