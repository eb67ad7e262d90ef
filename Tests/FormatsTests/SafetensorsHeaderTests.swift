import Formats
import Testing

/// Headers written by hand, one fault each.
@Suite struct SafetensorsHeaderTests {
  static func parse(_ json: String, size: Int? = nil) throws -> SafetensorsHeader {
    try SafetensorsHeader(parsing: Array(json.utf8), fileByteCount: size, file: "test")
  }

  @Test func readsTensorsAndMetadata() throws {
    let json = """
      {"__metadata__":{"a":"b \\u00e9\\ud83d\\ude00\\n"},"w":{"dtype":"F16","shape":[2,3],\
      "data_offsets":[0,12]}}
      """
    let header = try Self.parse(json, size: 8 + json.utf8.count + 12)
    #expect(header.metadata == ["a": "b é😀\n"])
    #expect(
      header.tensors == [
        TensorEntry(name: "w", dtype: .f16, shape: [2, 3], byteRange: 0..<12)
      ])
    #expect(header.dataOffset == 8 + json.utf8.count)
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#:
      "occurs twice",
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#: "overlap or leave a hole",
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#: "takes 8 bytes",
    #"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}"#: "has no size",
    #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#: "non-negative integer",
    #"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#: "non-negative integer",
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#: "lacks its dtype",
    #"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#: "unknown dtype",
    #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#: "has no size",
    #"{"__metadata__":{"a":1}}"#: "is not a string",
    #"{"__metadata__":{},"__metadata__":{}}"#: "occurs twice",
    #"{"a\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#: "lone surrogate",
    #"{} x"#: "something follows",
    #"{"a":"#: "ends too early",
    #"[]"#: "expected '{'",
  ]) func refuses(_ json: String, _ reason: String) {
    let error = #expect(throws: FormatError.self) { try Self.parse(json) }
    #expect(error?.problem.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func namesOfDifferentBytesStayApart() throws {
    let json = """
      {"\\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},\
      "e\\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
      """
    #expect(try Self.parse(json).tensors.count == 2)
  }

  @Test func parsesAHundredThousandTensorsInTime() throws {
    var json = "{"
    for index in 0..<100_000 {
      json += index == 0 ? "" : ","
      json += """
        "model.diffusion_model.layer_\(index).attention.to_q.weight":{"dtype":"F16",\
        "shape":[1,2],"data_offsets":[\(4 * index),\(4 * index + 4)]}
        """
    }
    json += "}"
    let bytes = Array(json.utf8)
    let clock = ContinuousClock()
    var count = 0
    let time = try clock.measure {
      count = try SafetensorsHeader(parsing: bytes, fileByteCount: nil, file: "test").tensors.count
    }
    #expect(count == 100_000)
    // The goal is 0.3 s on an idle machine; tests share theirs.
    #expect(time < .seconds(10))
  }

  @Test func layoutIsReadBackAndSorted() throws {
    let layout = try SafetensorsLayout(
      tensors: [
        .init(name: "b", dtype: .f16, shape: [3]), .init(name: "a", dtype: .f16, shape: [1]),
        .init(name: "z", dtype: .f32, shape: []),
      ], metadata: ["k\"\n": "v\u{1}"], file: "test")
    #expect(layout.header.count % 8 == 0)
    let header = try SafetensorsHeader(
      parsing: Array(layout.header.dropFirst(8)), fileByteCount: layout.fileByteCount, file: "test")
    #expect(header.tensors.map(\.name) == ["z", "a", "b"])
    #expect(header.metadata == ["k\"\n": "v\u{1}"])
  }

  @Test func layoutRefusesAHeaderThatReadersRefuse() {
    let large = String(repeating: "x", count: SafetensorsHeader.byteLimit)
    let error = #expect(throws: FormatError.self) {
      try SafetensorsLayout(tensors: [], metadata: ["large": large], file: "test")
    }
    #expect(error?.kind == .cannotCreate)
  }
}
