import Formats
import Foundation
import Testing
import TextEncoders

@Suite("Parts of a model that do not fit each other")
struct ModelMismatchTests {
  private func fault(_ model: TemporaryModel, tokenizer: String? = nil) throws -> ModelFault? {
    ModelFault(EncoderRequest(spec: model.path, tokenizer: tokenizer), folder: model)
  }

  /// Replaces the value of a member of a JSON file.
  private func change(_ model: TemporaryModel, _ name: String, _ key: String, _ value: Any) throws {
    let url = URL(fileURLWithPath: model[name])
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    object[key] = value
    try JSONSerialization.data(withJSONObject: object).write(to: url)
  }

  @Test("a text without tokens has no direction where nothing frames it")
  func emptySequence() throws {
    let model = try TemporaryModel(copying: "roberta-tiny-st")
    try change(model, "tokenizer.json", "post_processor", NSNull())
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path))
    let found = try encoder.embed(["", "a fox", ""], longText: .chunk, threads: 2)
    #expect(found[0].vector == [Float](repeating: 0, count: encoder.identity.dimension))
    #expect(found[0] == found[2] && found[0].tokens == 0)
    #expect(found[1].vector.contains { $0 != 0 })
  }

  @Test("a tokenizer that does not end texts is none of a CLIP tower")
  func noEnd() throws {
    let model = try TemporaryModel(copying: "clip-tiny-proj")
    try change(model, "tokenizer.json", "post_processor", NSNull())
    let found = try #require(try fault(model))
    #expect(found.message.contains("does not end texts as CLIP's does"))
  }

  @Test("nor is one whose last token is not the one with the largest id")
  func foreignTokenizer() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    let found = try #require(try fault(model, tokenizer: Fixture.path("roberta-tiny-st")))
    #expect(
      found.message.contains("does not end texts") || found.message.contains("has embeddings of"))
    let words = try #require(try fault(model, tokenizer: Fixture.path("bert-tiny-st")))
    #expect(
      words.message.contains("does not end texts") || words.message.contains("has embeddings of"))
  }

  @Test("a projection that the configuration promises and the weights lack")
  func projection() throws {
    let model = try TemporaryModel(copying: "clip-tiny-proj")
    var list = try TensorList(fixture: "clip-tiny-proj/model.safetensors")
    list["text_projection.weight"] = nil
    try list.write(to: model["model.safetensors"])
    let found = try #require(try fault(model))
    #expect(found.message.contains("has no 'text_projection.weight'"))
  }

  @Test("weights of zeros give no direction")
  func zeros() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    let list = try TensorList(fixture: "clip-tiny-sd1/model.safetensors").mapping { tensor in
      var copy = tensor
      copy.bytes = [UInt8](repeating: 0, count: tensor.bytes.count)
      return copy
    }
    try list.write(to: model["model.safetensors"])
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path))
    let error = #expect(throws: TextEncoderError.self) {
      try encoder.embed(["a fox"], longText: .chunk, threads: 1)
    }
    #expect(error.map { "\($0)".contains("vectors of zeros") } == true)
  }

  @Test("capitals become small letters where the sentence model asks for it")
  func lowercasing() throws {
    func vector(_ text: String, _ setting: Bool?) throws -> [Float] {
      let model = try TemporaryModel(copying: "roberta-tiny-st")
      if let setting {
        try model.write(
          "sentence_bert_config.json", #"{"max_seq_length": 30, "do_lower_case": \#(setting)}"#)
      }
      let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path))
      return try encoder.embed([text], longText: .chunk, threads: 1)[0].vector
    }
    #expect(try vector("A Fox", true) == vector("a fox", false))
    #expect(try vector("A Fox", true) != vector("A Fox", false))
  }

  @Test("half a vocabulary is named, not replaced")
  func missingVocabulary() throws {
    let model = try TemporaryModel()
    try model.copyFile(of: "clip-tiny-sd1/config.json", to: "config.json")
    try model.copyFile(of: "clip-tiny-sd1/model.safetensors", to: "model.safetensors")
    let none = try #require(try fault(model))
    #expect(none.message.contains("there is no tokenizer in"))
    try model.write("merges.txt", "#version: 0.2\n")
    let half = try #require(try fault(model))
    #expect(half.message.contains("vocab.json"))
  }

  @Test("a tower that is not asked for may be missing")
  func otherTower() throws {
    let model = try TemporaryModel()
    try model.copy("clip-tiny-sd1", to: "text_encoder")
    try model.write(
      "model_index.json",
      """
      {"text_encoder": ["transformers", "CLIPTextModel"],
       "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]}
      """)
    #expect(throws: TextEncoderError.self) {
      try EncoderResolver.encoder(EncoderRequest(spec: model.path))
    }
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path, tower: .l))
    #expect(encoder.identity.id.hasPrefix("clip-l-"))
    #expect(encoder.files.contains(model["model_index.json"]))
  }

  @Test("a pipe in the place of a configuration is said to be one")
  func pipe() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    try model.remove("config.json")
    #expect(mkfifo(model["config.json"], 0o600) == 0)
    #expect(try #require(try fault(model)).message == "DIR/config.json: is not a file")
  }

  /// What a token sees in a tower that looks back does not depend on what follows, so that rows of a
  /// sequence whose scores are computed in blocks equal those of its beginning, computed at once.
  @Test("attention in blocks")
  func blocks() throws {
    let count = 1600
    var list = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let name = "text_model.embeddings.position_embedding.weight"
    list[name] = nil
    list.append(name, [count, 32], (0..<count * 32).map { Float(($0 * 7919) % 1000) / 10_000 })
    let model = try TemporaryModel()
    try list.write(to: model["model.safetensors"])
    let shape = TowerShape(
      vocabulary: 814, positions: count, width: 32, inner: 64, layers: 2, heads: 4,
      activation: .quickGelu, epsilon: 1e-5)
    let tower = try TransformerTower(
      clip: shape,
      from: FileTensors(WeightFiles(file: model["model.safetensors"]), prefix: "text_model."))
    let ids = (0..<count).map { ($0 * 31) % 800 }
    let whole = try tower.hiddenStates(of: [ids], threads: 2)[0]
    for part in [700, 1000] {
      let beginning = try tower.hiddenStates(of: [Array(ids.prefix(part))], threads: 2)[0]
      #expect(largestDifference(Array(whole.prefix(part * 32)), beginning) < 2e-5)
    }
  }
}
