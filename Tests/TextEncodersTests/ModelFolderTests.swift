import Testing
import TextEncoders

@Suite("Folders of image models and of sentence-transformers")
struct ModelFolderTests {
  private let texts = ["a photo of a cat", "1girl, watercolor, cityscape"]

  private func vectors(_ spec: String, _ tower: TowerChoice? = nil) throws -> [[Float]] {
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: spec, tower: tower))
    return try encoder.embed(texts, longText: .chunk, threads: 1).map(\.vector)
  }

  /// A pipeline of two towers, the second with a projection, each with its own tokenizer.
  private func pipeline() throws -> TemporaryModel {
    let model = try TemporaryModel()
    for (fixture, suffix) in [("clip-tiny-sd1", ""), ("clip-tiny-proj", "_2")] {
      try model.copy(fixture, to: "text_encoder\(suffix)")
      try model.makeFolder("tokenizer\(suffix)")
      let names =
        ["tokenizer_config.json"]
        + (suffix.isEmpty ? ["vocab.json", "merges.txt"] : ["tokenizer.json"])
      for name in names {
        try model.move("text_encoder\(suffix)/\(name)", to: "tokenizer\(suffix)/\(name)")
      }
    }
    try model.write(
      "model_index.json",
      """
      {"_class_name": "StableDiffusionXLPipeline", "text_encoder": ["transformers", "CLIPTextModel"],
      "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
      "text_encoder_3": [null, null], "tokenizer": ["transformers", "CLIPTokenizer"]}
      """)
    return model
  }

  @Test("the towers of a pipeline, the one with a projection unless another is asked for")
  func pipelineTowers() throws {
    let model = try pipeline()
    #expect(try vectors(model.path) == vectors(Fixture.path("clip-tiny-proj")))
    #expect(try vectors(model.path, .g) == vectors(Fixture.path("clip-tiny-proj")))
    #expect(try vectors(model.path, .l) == vectors(Fixture.path("clip-tiny-sd1")))
    #expect(try vectors(model.path, .both)[0].count == 56)
  }

  @Test("one of its folders, with the tokenizer beside it")
  func partOfPipeline() throws {
    let model = try pipeline()
    #expect(try vectors(model["text_encoder_2"]) == vectors(Fixture.path("clip-tiny-proj")))
    #expect(try vectors(model["text_encoder/"]) == vectors(Fixture.path("clip-tiny-sd1")))
  }

  @Test("a pipeline without a CLIP tower, and one that is not complete")
  func incompletePipeline() throws {
    let model = try pipeline()
    try model.remove("text_encoder_2")
    let missing = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      missing.message == "DIR/text_encoder_2: is missing, though model_index.json lists it")
    try model.write(
      "model_index.json", "{\"text_encoder\": [\"transformers\", \"T5EncoderModel\"]}")
    let other = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      other.message == "DIR/model_index.json: no text encoder: looked for CLIP towers, found "
        + "text_encoder (T5EncoderModel)")
    #expect(
      other.hint == "give a file or folder with a CLIP tower, or use '--encoder builtin'")
  }

  @Test("a CLIP model with nested settings, of which older ones come first")
  func nestedSettings() throws {
    let model = try TemporaryModel(copying: "clip-tiny-proj")
    let text = try Fixture.text("clip-tiny-proj/config.json")
    let wrong = text.replacingAll("\"hidden_act\": \"gelu\"", by: "\"hidden_act\": \"relu\"")
    try model.write(
      "config.json",
      """
      {"model_type": "clip", "text_config": \(wrong), "text_config_dict": {"hidden_act": "gelu"}}
      """)
    #expect(try vectors(model.path) == vectors(Fixture.path("clip-tiny-proj")))
  }

  @Test("names with the prefix of other exports", arguments: ["", "clip.text_model."])
  func prefixes(prefix: String) throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    try TensorList(fixture: "clip-tiny-sd1/model.safetensors").renaming("text_model.", to: prefix)
      .write(to: model["model.safetensors"])
    #expect(try vectors(model.path) == vectors(Fixture.path("clip-tiny-sd1")))
  }

  @Test("a BERT with a prefix and with names of old norms")
  func oldBERT() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    let list = try TensorList(fixture: "bert-tiny-st/model.safetensors").mapping { tensor in
      var copy = tensor
      copy.name = "bert." + tensor.name
      if tensor.name.hasSuffix("LayerNorm.weight") {
        copy.name.replaceSuffix("weight", by: "gamma")
      }
      if tensor.name.hasSuffix("LayerNorm.bias") { copy.name.replaceSuffix("bias", by: "beta") }
      return copy
    }
    try list.write(to: model["model.safetensors"])
    #expect(try vectors(model.path) == vectors(Fixture.path("bert-tiny-st")))
  }

  @Test("without modules, the mean of all tokens, and a note")
  func withoutModules() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    try model.remove("modules.json")
    #expect(try vectors(model.path) == vectors(Fixture.path("bert-tiny-st")))
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path))
    #expect(
      encoder.notes == [
        "\(model.path) has no modules.json: the vector of a text is the mean over its tokens"
      ])
  }

  @Test("pooling as the configuration asks, in both spellings")
  func pooling() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    func vectors(_ config: String) throws -> [[Float]] {
      try model.write("1_Pooling/config.json", config)
      return try self.vectors(model.path)
    }
    let old = try vectors("{\"pooling_mode_cls_token\": true, \"pooling_mode_max_tokens\": true}")
    #expect(try vectors("{\"pooling_mode\": [\"cls\", \"max\"]}") == old && old[0].count == 64)
    let cls = try vectors("{\"pooling_mode\": \"cls\"}")
    #expect(try vectors("{\"pooling_mode_cls_token\": true}") == cls)
    #expect(try vectors("{}") == self.vectors(Fixture.path("bert-tiny-st")))
    for (config, message) in [
      ("{\"pooling_mode\": \"best\"}", "'pooling_mode' is \"best\", which lorac does not know"),
      (
        "{\"word_embedding_dimension\": 64}",
        "'word_embedding_dimension' is 64, the transformer's hidden size 32"
      ),
    ] {
      try model.write("1_Pooling/config.json", config)
      let found = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
      #expect(found.message == "DIR/1_Pooling/config.json: \(message)")
    }
  }

  @Test("a default prompt stands before every text")
  func prompt() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    func embedded(_ texts: [String]) throws -> [TextEmbedding] {
      try EncoderResolver.encoder(EncoderRequest(spec: model.path))
        .embed(texts, longText: .chunk, threads: 1)
    }
    let whole = try embedded(["a b c d"])
    try model.write(
      "config_sentence_transformers.json",
      "{\"prompts\": {\"query\": \"a b \"}, \"default_prompt_name\": \"query\"}")
    #expect(try embedded(["c d"]) == whole)
    try model.edit("config_sentence_transformers.json", "\"query\"}", "\"other\"}")
    let found = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      found.message == "DIR/config_sentence_transformers.json: 'default_prompt_name' is 'other', "
        + "which 'prompts' does not have")
  }

  @Test("modules that lorac does not run are named")
  func unknownModule() throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    try model.edit("modules.json", "models.Normalize", "models.LSTM")
    let found = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      found.message == "DIR/modules.json: module 2 is 'sentence_transformers.models.LSTM'; lorac "
        + "runs a Transformer, then Pooling, Dense and Normalize")
  }

  @Test(
    "kinds of transformers that lorac does not run are named", arguments: ["mpnet", "distilbert"])
  func unknownKind(kind: String) throws {
    let model = try TemporaryModel(copying: "bert-tiny-st")
    try model.edit("config.json", "\"bert\"", "\"\(kind)\"")
    let found = try #require(ModelFault(EncoderRequest(spec: model.path), folder: model))
    #expect(
      found.message == "DIR/config.json: 'model_type' is '\(kind)'; lorac runs clip_text_model, "
        + "clip, bert and roberta")
  }
}
