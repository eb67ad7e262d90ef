import Formats
import Testing
import TextEncoders

@Suite("Files and folders without a text encoder that can be used")
struct BadModelTests {
  private let clipHint =
    "give the file with the model's CLIP tower (clip_l, clip_g), or the model's folder, with "
    + "--encoder"

  private func fault(
    in model: TemporaryModel, _ name: String = "", tower: TowerChoice? = nil,
    tokenizer: String? = nil
  ) throws -> ModelFault {
    let spec = name.isEmpty ? model.path : model[name]
    return try #require(
      ModelFault(
        EncoderRequest(spec: spec, tokenizer: tokenizer, tower: tower), folder: model))
  }

  @Test(
    "a file without a text encoder: what was looked for, and what was found",
    arguments: [
      ("double_blocks.0.img_attn.qkv.weight", "a Flux transformer"),
      ("model.diffusion_model.double_blocks.0.img_attn.qkv.weight", "a Flux transformer"),
      ("model.diffusion_model.joint_blocks.0.x.weight", "an SD 3 transformer"),
      ("model.diffusion_model.input_blocks.0.0.weight", "a UNet"),
      ("down_blocks.0.resnets.0.conv1.weight", "a UNet"),
      ("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "a T5 encoder"),
      ("lora_unet_down_blocks_0.lora_up.weight", "an adapter"),
      ("decoder.conv_in.weight", "a VAE"),
    ])
  func noEncoder(tensor: String, what: String) throws {
    let model = try TemporaryModel()
    var list = TensorList()
    list.append(tensor, .f16, [2, 2])
    try list.write(to: model["m.safetensors"])
    let found = try fault(in: model, "m.safetensors")
    #expect(
      found.message == "DIR/m.safetensors: no text encoder: looked for CLIP and OpenCLIP towers, "
        + "found \(what) ('\(tensor)')")
    #expect(found.hint == clipHint && found.error.kind == .unacceptable)
  }

  @Test("a file of something else")
  func unknownFile() throws {
    let model = try TemporaryModel()
    var list = TensorList()
    list.append("a", .f32, [1])
    list.append("b", .f32, [1])
    try list.write(to: model["m.safetensors"])
    #expect(
      try fault(in: model, "m.safetensors").message.hasSuffix("found 2 tensors, such as 'a'"))
    try model.write("m.ckpt", "PK\u{3}\u{4}")
    let pickle = try fault(in: model, "m.ckpt")
    #expect(pickle.message.contains("is a zip archive") && pickle.error.kind == .unacceptable)
    try model.copyFile(of: "bert-tiny-st/model.safetensors", to: "bert.safetensors")
    #expect(
      try fault(in: model, "bert.safetensors").hint == "give its folder, with the tokenizer")
  }

  @Test("tensors that are missing or of another shape")
  func tensors() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    let list = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let name = "text_model.encoder.layers.1.mlp.fc2.weight"
    try list.mapping { $0.name == name ? nil : $0 }.write(to: model["model.safetensors"])
    #expect(
      try fault(in: model).message
        == "DIR/model.safetensors: tensor '\(name)': is missing, which DIR/config.json asks for")
    try list.mapping { tensor in
      var copy = tensor
      if tensor.name == name { copy.shape = [64, 32] }
      return copy
    }.write(to: model["model.safetensors"])
    #expect(
      try fault(in: model).message == "DIR/model.safetensors: tensor '\(name)': its shape is "
        + "[64, 32], expected [32, 64], which DIR/config.json asks for")
    try list.mapping { tensor in
      var copy = tensor
      if tensor.name == name { (copy.dtype, copy.shape) = (.i32, [32, 64]) }
      return copy
    }.write(to: model["model.safetensors"])
    #expect(
      try fault(in: model).message == "DIR/model.safetensors: tensor '\(name)': is I32, expected "
        + "F32, F16, BF16 or F8")
  }

  @Test(
    "a configuration that contradicts the weights, or itself",
    arguments: [
      (
        "\"vocab_size\": 814", "\"vocab_size\": 900",
        "DIR/model.safetensors: tensor 'text_model.embeddings.token_embedding.weight': its shape is "
          + "[814, 32], expected [900, 32], which DIR/config.json asks for"
      ),
      (
        "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1",
        "DIR/config.json: says that there are 1 layers, DIR/model.safetensors has 2"
      ),
      (
        "\"num_attention_heads\": 4", "\"num_attention_heads\": 5",
        "DIR/config.json: says that 5 heads share a width of 32, which they do not divide"
      ),
      (
        "\"hidden_size\": 32", "\"hidden_size\": -1",
        "DIR/config.json: 'hidden_size' is -1, expected an integer from 1 to 1048576"
      ),
      (
        "\"quick_gelu\"", "\"swish\"",
        "DIR/config.json: 'hidden_act' is 'swish', which lorac does not compute"
      ),
      (
        "\"eos_token_id\": 2", "\"eos_token_id\": 49407",
        "DIR/config.json: 'eos_token_id', the token that ends a text, is 49407, the tokenizer ends "
          + "texts with 813"
      ),
      (
        "\"clip_text_model\"", "\"t5\"",
        "DIR/config.json: 'model_type' is 't5'; lorac runs clip_text_model, clip, bert and roberta"
      ),
      (
        "\"vocab_size\"",
        "\"quantization_config\": {\"quant_method\": \"bitsandbytes\"}, \"vocab\"",
        "DIR/config.json: the weights are quantised by bitsandbytes ('quantization_config')"
      ),
    ])
  func contradictions(old: String, new: String, message: String) throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    try model.edit("config.json", old, new)
    let found = try fault(in: model)
    #expect(found.message == message)
    #expect(found.error.kind == .unacceptable)
  }

  @Test("weights that bitsandbytes quantised")
  func quantised() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    var list = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let name = "text_model.encoder.layers.0.self_attn.q_proj.weight"
    list[name] = nil
    list.append(name, .u8, [512, 1])
    list.append(name + ".absmax", .f32, [16])
    try list.write(to: model["model.safetensors"])
    let found = try fault(in: model)
    #expect(
      found.message == "DIR/model.safetensors: tensor '\(name)': is U8 and quantised by "
        + "bitsandbytes ('\(name).absmax' is beside it), expected F32, F16, BF16 or F8")
    #expect(found.hint == "use the model's F32, F16 or BF16 weights")
  }

  @Test("folders without what a model needs")
  func folders() throws {
    let model = try TemporaryModel()
    let empty = try fault(in: model)
    #expect(
      empty.message
        == "DIR: no model: looked for model_index.json, modules.json and config.json")
    #expect(empty.error.kind == .unreadable)
    try model.write("config.json", "{\"model_type\": \"clip_text_model\"}")
    #expect(
      try fault(in: model).message == "DIR: no weights: looked for model.safetensors, "
        + "model.fp16.safetensors, an index of several files, and .zst")
    try model.write("pytorch_model.bin", "")
    let pickle = try fault(in: model)
    #expect(
      pickle.message.hasSuffix("found 'pytorch_model.bin', a Python pickle, which can run any code")
    )
    #expect(pickle.hint == "convert it to safetensors where you trust its origin")
    try model.write("config.json", "{}")
    #expect(try fault(in: model).message.hasPrefix("DIR/config.json: has no 'model_type'"))
    try model.write("config.json", "{")
    #expect(try fault(in: model).message.hasPrefix("DIR/config.json: JSON byte 1: "))
  }

  @Test("a vocabulary larger than the table of embeddings")
  func vocabulary() throws {
    let found = try #require(
      ModelFault(
        EncoderRequest(spec: Fixture.path("sd1-tiny-singlefile/model.safetensors"))))
    #expect(
      found.message.hasSuffix(
        "has embeddings of 814 tokens, the tokenizer (CLIP's own) 49408 tokens"))
    #expect(found.hint == "give the folder of the model's own tokenizer with --tokenizer")
    let model = try TemporaryModel(copying: "bert-tiny-st")
    try model.remove("vocab.txt")
    #expect(
      try fault(in: model).message
        == "DIR: no tokenizer: looked for tokenizer.json, vocab.json with merges.txt, and vocab.txt"
    )
  }

  @Test("towers that a model does not have")
  func towers() throws {
    let path = Fixture.path("sd1-tiny-singlefile/model.safetensors")
    for choice in [TowerChoice.g, .both] {
      let found = try #require(
        ModelFault(EncoderRequest(spec: path, tower: choice)))
      #expect(found.message == "\(path) has no text tower 'g', only 'l'")
      #expect(found.error.kind == nil)
    }
    let builtin = try #require(ModelFault(EncoderRequest(tower: .l)))
    #expect(builtin.message == "the builtin encoder has one tower")
    let own = try #require(ModelFault(EncoderRequest(tokenizer: "/tmp")))
    #expect(own.message == "the builtin encoder has its own tokenizer")
    let bert = Fixture.path("bert-tiny-st")
    let sentence = try #require(ModelFault(EncoderRequest(spec: bert, tower: .l)))
    #expect(sentence.message == "\(bert) is no image model and has one tower")
  }

  @Test("weights that are no numbers")
  func notFinite() throws {
    let model = try TemporaryModel(copying: "clip-tiny-sd1")
    var list = try TensorList(fixture: "clip-tiny-sd1/model.safetensors")
    let name = "text_model.final_layer_norm.weight"
    list[name] = nil
    list.append(name, [32], [Float](repeating: .nan, count: 32))
    try list.write(to: model["model.safetensors"])
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: model.path))
    let error = #expect(throws: TextEncoderError.self) {
      try encoder.embed(["a cat"], longText: .chunk, threads: 1)
    }
    #expect(
      error?.description
        == "\(model["model.safetensors"]): the encoder's weights cannot be used: they give "
        + "infinities, or what is no number")
  }

  @Test("a single tower of unknown width needs a configuration")
  func unknownWidth() throws {
    let model = try TemporaryModel()
    try model.copyFile(of: "clip-tiny-sd1/model.safetensors", to: "clip_x.safetensors")
    let found = try fault(in: model, "clip_x.safetensors")
    #expect(
      found.message == "DIR/clip_x.safetensors: a tower of width 32 needs a config.json; without, "
        + "lorac knows 512, 768, 1024, 1280")
  }
}
