import Formats
import Testing
import TextEncoders

@Suite("Where single files keep their towers")
struct CheckpointTests {
  private static let l = "conditioner.embedders.0.transformer.text_model."
  private static let g = "conditioner.embedders.1.model."
  private let sdxl: TensorList

  init() throws { sdxl = try TensorList(fixture: "sdxl-tiny-singlefile/model.safetensors") }

  /// Checks the vectors of a file with `list` against the reference's for the tower `expectation`.
  private func check(_ list: TensorList, _ expectation: String, id: String) throws {
    let model = try TemporaryModel()
    try list.write(to: model["m.safetensors"])
    let rows = try Fixture.json("sdxl-tiny-singlefile/expected.json", as: ExpectedRows.self).rows
    let expected = try Fixture.tensors("sdxl-tiny-singlefile/expected.safetensors")
    let encoder = try EncoderResolver.encoder(
      EncoderRequest(
        spec: model["m.safetensors"], tokenizer: Fixture.path("sdxl-tiny-singlefile")))
    #expect(encoder.identity.id.hasPrefix(id + "-"))
    let found = try encoder.embed(rows.map(\.text), longText: .truncate, threads: 1)
    for (index, embedding) in found.enumerated() {
      let reference = try #require(expected["\(index).\(expectation).embedding"])
      #expect(largestDifference(embedding.vector, reference) < 2e-6, "\(rows[index].text)")
    }
  }

  private func only(_ prefix: String) -> TensorList {
    sdxl.mapping { $0.name.hasPrefix(prefix) ? $0 : nil }
  }

  @Test(
    "CLIP-L",
    arguments: [
      "cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.",
      "text_encoders.clip_l.transformer.text_model.",
    ])
  func clipL(prefix: String) throws {
    try check(only(Self.l).renaming(Self.l, to: prefix), "l", id: "clip-l")
  }

  @Test(
    "OpenCLIP's names: SD 2, SDXL and its refiner",
    arguments: [
      ("cond_stage_model.model.", "clip-h"), (g, "clip-g"),
      ("conditioner.embedders.0.model.", "clip-g"),
    ])
  func openCLIP(prefix: String, id: String) throws {
    try check(only(Self.g).renaming(Self.g, to: prefix), "g", id: id)
  }

  @Test("the large tower with names of transformers, beside a small one and a T5 encoder")
  func stableDiffusion3() throws {
    let small = "text_encoders.clip_l.transformer.text_model."
    let large = "text_encoders.clip_g.transformer."
    var list = only(Self.l).renaming(Self.l, to: small)
    for tensor in only(Self.g).tensors {
      list.tensors += Self.translated(tensor, prefix: large)
    }
    list.append("text_encoders.t5xxl.transformer.shared.weight", .f16, [4, 4])
    try check(list, "g", id: "clip-g")
  }

  /// A tensor of OpenCLIP as those that `transformers` has in its place.
  private static func translated(_ tensor: TensorList.Tensor, prefix: String) -> [TensorList.Tensor]
  {
    var name = String(tensor.name.dropFirst(g.count))
    func named(_ name: String, _ shape: [Int], _ bytes: [UInt8]) -> TensorList.Tensor {
      .init(name: prefix + name, dtype: tensor.dtype, shape: shape, bytes: bytes)
    }
    if name == "text_projection" {
      let (rows, columns) = (tensor.shape[0], tensor.shape[1])
      let bytes = (0..<rows * columns).flatMap { index in
        let source = (index % rows) * columns + index / rows
        return tensor.bytes[2 * source..<2 * source + 2]
      }
      return [named("text_projection.weight", [columns, rows], bytes)]
    }
    for (old, new) in [
      ("transformer.resblocks.", "encoder.layers."), ("ln_1", "layer_norm1"),
      ("ln_2", "layer_norm2"), ("attn.", "self_attn."), ("mlp.c_fc", "mlp.fc1"),
      ("mlp.c_proj", "mlp.fc2"), ("ln_final", "final_layer_norm"),
    ] { name = name.replacingAll(old, by: new) }
    if name.hasPrefix("token_embedding") { name = "embeddings." + name }
    if name == "positional_embedding" { name = "embeddings.position_embedding.weight" }
    guard let end = [".in_proj_weight", ".in_proj_bias"].first(where: name.hasSuffix) else {
      return [named("text_model." + name, tensor.shape, tensor.bytes)]
    }
    let kind = end.dropFirst(".in_proj_".count)
    let size = tensor.bytes.count / 3
    return ["q", "k", "v"].enumerated().map { part, letter in
      named(
        "text_model.\(name.dropLast(end.count)).\(letter)_proj.\(kind)",
        [tensor.shape[0] / 3] + tensor.shape.dropFirst(),
        Array(tensor.bytes[part * size..<(part + 1) * size]))
    }
  }

  @Test(
    "a file of one tower: its width tells which it is, and its function",
    arguments: [(512, "quick_gelu", "clip-l"), (1024, "gelu", "clip-h")])
  func bareTower(width: Int, activation: String, id: String) throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    let list = Self.tower(width: width)
    try list.write(to: model["model.safetensors"])
    func vectors(activation: String) throws -> [[Float]] {
      try model.write(
        "config.json",
        """
        {"model_type": "clip_text_model", "vocab_size": 814, "hidden_size": \(width),
        "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": \(width / 64),
        "max_position_embeddings": 16, "hidden_act": "\(activation)", "eos_token_id": 2}
        """)
      return try embedded(EncoderRequest(spec: model.path)).vectors
    }
    let bare = try embedded(
      EncoderRequest(spec: model["model.safetensors"], tokenizer: model.path))
    #expect(bare.id.hasPrefix(id + "-"))
    #expect(try bare.vectors == vectors(activation: activation))
    let other = activation == "gelu" ? "quick_gelu" : "gelu"
    #expect(try bare.vectors != vectors(activation: other))
  }

  private func embedded(_ request: EncoderRequest) throws -> (id: String, vectors: [[Float]]) {
    let encoder = try EncoderResolver.encoder(request)
    let found = try encoder.embed(["a photo of a cat"], longText: .truncate, threads: 1)
    return (encoder.identity.id, found.map(\.vector))
  }

  /// One block with weights that follow no rule anyone would notice.
  private static func tower(width: Int) -> TensorList {
    var list = TensorList()
    func add(_ name: String, _ shape: Int...) {
      var state = UInt32(truncatingIfNeeded: name.utf8.reduce(7) { $0 &* 31 &+ Int($1) })
      let values: [Float] = (0..<shape.reduce(1, *)).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 16) / 65536 - 0.5
      }
      list.append("text_model." + name, shape, values)
    }
    add("embeddings.token_embedding.weight", 814, width)
    add("embeddings.position_embedding.weight", 16, width)
    for name in ["q", "k", "v", "out"] {
      add("encoder.layers.0.self_attn.\(name)_proj.weight", width, width)
      add("encoder.layers.0.self_attn.\(name)_proj.bias", width)
    }
    add("encoder.layers.0.mlp.fc1.weight", 64, width)
    add("encoder.layers.0.mlp.fc1.bias", 64)
    add("encoder.layers.0.mlp.fc2.weight", width, 64)
    add("encoder.layers.0.mlp.fc2.bias", width)
    for name in [
      "encoder.layers.0.layer_norm1", "encoder.layers.0.layer_norm2", "final_layer_norm",
    ] {
      add("\(name).weight", width)
      add("\(name).bias", width)
    }
    return list
  }
}
