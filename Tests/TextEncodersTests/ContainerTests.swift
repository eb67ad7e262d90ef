import Formats
import Foundation
import Testing
import TextEncoders

@Suite("The same weights in other containers and types")
struct ContainerTests {
  private let texts = ["a photo of a cat", "", "1girl, watercolor, cityscape"]
  private let sdxl = "sdxl-tiny-singlefile/model.safetensors"

  private func embedded(
    _ spec: String, tokenizer: String? = nil, tower: TowerChoice? = nil
  ) throws -> (id: String, vectors: [[Float]]) {
    let encoder = try EncoderResolver.encoder(
      EncoderRequest(spec: spec, tokenizer: tokenizer, tower: tower), environment: [:], threads: 2)
    let vectors = try encoder.embed(texts, longText: .chunk, threads: 2).map(\.vector)
    return (encoder.identity.id, vectors)
  }

  @Test(
    "a compressed checkpoint gives the same bits, and the same id", arguments: [TowerChoice.l, .g])
  func compressedCheckpoint(tower: TowerChoice) throws {
    let model = try TemporaryModel()
    try TensorList(fixture: sdxl).write(to: model["m.safetensors.zst"], zstdLevel: 3)
    let tokenizer = Fixture.path("sdxl-tiny-singlefile")
    let plain = try embedded(Fixture.path(sdxl), tokenizer: tokenizer, tower: tower)
    let compressed = try embedded(model["m.safetensors.zst"], tokenizer: tokenizer, tower: tower)
    #expect(plain == compressed)
  }

  @Test("so does a file that the zstd tool made, in one frame of unknown size")
  func foreignFrame() throws {
    let model = try TemporaryModel(copying: "clip-tiny-proj")
    let zstd = Process()
    zstd.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    zstd.arguments = [
      "sh", "-c", "cat \"$0\" | zstd -q -19 > \"$0.zst\"", model["model.safetensors"],
    ]
    try zstd.run()
    zstd.waitUntilExit()
    try #require(zstd.terminationStatus == 0)
    try model.remove("model.safetensors")
    let plain = try embedded(Fixture.path("clip-tiny-proj"))
    #expect(try embedded(model.path) == plain)
  }

  @Test("shards with an index")
  func shards() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    let all = try TensorList(fixture: "bert-tiny-st/model.safetensors")
    var map: [String] = []
    for (number, half) in [(1, 0), (2, 1)] {
      var part = TensorList()
      part.tensors = all.tensors.enumerated().filter { $0.offset % 2 == half }.map(\.element)
      let name = "model-0000\(number)-of-00002.safetensors"
      try part.write(to: model[name])
      map += part.tensors.map { "\"\($0.name)\": \"\(name)\"" }
    }
    try model.remove("model.safetensors")
    try model.write(
      "model.safetensors.index.json", "{\"weight_map\": {\(map.joined(separator: ","))}}")
    let (found, plain) = (try embedded(model.path), try embedded(Fixture.path("bert-tiny-st")))
    #expect(found.vectors == plain.vectors)
    // The name is the folder's; the hash behind it is that of the weights.
    #expect(found.id.suffix(16) == plain.id.suffix(16))

    try model.remove("model-00002-of-00002.safetensors")
    let missing = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      missing.message == "DIR/model-00002-of-00002.safetensors: No such file or directory")
    #expect(missing.error.kind == .unreadable)
  }

  @Test("model.fp16.safetensors is found where there is nothing else")
  func halfVariant() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    try FileManager.default.moveItem(
      atPath: model["model.safetensors"], toPath: model["model.fp16.safetensors"])
    #expect(try embedded(model.path) == embedded(Fixture.path("clip-tiny-sd1")))
  }

  @Test("bfloat16 is a float cut short")
  func bfloat16() throws {
    let all = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let (short, long) = (
      try TemporaryModel(copying: "clip-tiny-sd1"), try TemporaryModel(copying: "clip-tiny-sd1")
    )
    let cut = all.mapping { tensor in
      guard tensor.dtype == .f32 else { return tensor }
      var copy = tensor
      for index in tensor.bytes.indices where index % 4 < 2 { copy.bytes[index] = 0 }
      return copy
    }
    try cut.write(to: long["model.safetensors"])
    try cut.mapping { tensor in
      guard tensor.dtype == .f32 else { return tensor }
      var copy = tensor
      copy.dtype = .bf16
      copy.bytes = tensor.bytes.enumerated().filter { $0.offset % 4 >= 2 }.map(\.element)
      return copy
    }.write(to: short["model.safetensors"])
    let (narrow, wide) = (try embedded(short.path), try embedded(long.path))
    #expect(narrow.vectors == wide.vectors)
    #expect(narrow.id != wide.id)
  }

  @Test("floats at an odd address are as good as others")
  func unaligned() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    var data = try Data(contentsOf: URL(fileURLWithPath: model["model.safetensors"]))
    let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    // One more space at the end of the header.
    data.insert(0x20, at: 8 + length)
    data.replaceSubrange(
      0..<8, with: (0..<8).map { UInt8(truncatingIfNeeded: (length + 1) >> (8 * $0)) })
    try data.write(to: URL(fileURLWithPath: model["model.safetensors"]))
    #expect(try embedded(model.path) == embedded(Fixture.path("clip-tiny-sd1")))
  }

  @Test("one tower has one id, in a checkpoint of SD 1, of SDXL and by itself")
  func containersOfOneTower() throws {
    let tokenizer = Fixture.path("sdxl-tiny-singlefile")
    let old = try embedded(
      Fixture.path("sd1-tiny-singlefile/model.safetensors"), tokenizer: tokenizer)
    let new = try embedded(Fixture.path(sdxl), tokenizer: tokenizer, tower: .l)
    #expect(old == new)
  }

  @Test("a single changed bit of a word that no prompt has changes the id")
  func changedBit() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    var all = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let name = "text_model.embeddings.token_embedding.weight"
    var words = try #require(all[name])
    words.bytes[words.bytes.count / 2] ^= 1
    all[name] = words
    try all.write(to: model["model.safetensors"])
    let plain = try embedded(Fixture.path("clip-tiny-sd1"))
    #expect(try embedded(model.path).id != plain.id)
  }

  @Test("the tokenizer is part of the id")
  func otherTokenizer() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    try model.edit("merges.txt", "\n", "\n\n")
    #expect(try embedded(model.path).id != embedded(Fixture.path("clip-tiny-sd1")).id)
  }
}
