import Formats
import Testing

/// Names of modules in every dialect and back.
@Suite struct NamingTests {
  /// Canonical UNet paths, with the names that sd-scripts gives them in SDXL files.
  static let unet: [(path: String, original: String)] = [
    (
      "down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_out.0",
      "input_blocks_4_1_transformer_blocks_1_attn1_to_out_0"
    ),
    ("down_blocks.2.attentions.1.proj_in", "input_blocks_8_1_proj_in"),
    ("down_blocks.0.resnets.1.conv1", "input_blocks_2_0_in_layers_2"),
    ("down_blocks.1.resnets.0.conv_shortcut", "input_blocks_4_0_skip_connection"),
    ("down_blocks.0.downsamplers.0.conv", "input_blocks_3_0_op"),
    (
      "mid_block.attentions.0.transformer_blocks.9.ff.net.0.proj",
      "middle_block_1_transformer_blocks_9_ff_net_0_proj"
    ),
    ("mid_block.resnets.1.time_emb_proj", "middle_block_2_emb_layers_1"),
    (
      "up_blocks.0.attentions.2.transformer_blocks.0.attn2.to_k",
      "output_blocks_2_1_transformer_blocks_0_attn2_to_k"
    ),
    ("up_blocks.1.upsamplers.0.conv", "output_blocks_5_2_conv"),
    ("up_blocks.2.resnets.2.conv2", "output_blocks_8_0_out_layers_3"),
    ("conv_in", "input_blocks_0_0"), ("conv_out", "out_2"),
    ("time_embedding.linear_1", "time_embed_0"), ("add_embedding.linear_2", "label_emb_0_2"),
  ]

  @Test(arguments: unet) func unetNamesOfSDXL(_ path: String, _ original: String) {
    let target = ModuleTarget(component: .unet, path: path)
    let kohya = AdapterDialect.kohya.naming
    #expect(kohya.target(ofStem: "lora_unet_" + original) == target)
    #expect(
      kohya.stem(of: target, style: NamingStyle(usesOriginalUNetNames: true))
        == "lora_unet_" + original)
    let flat = "lora_unet_" + path.replacing(".", with: "_")
    #expect(kohya.target(ofStem: flat) == target)
    #expect(kohya.stem(of: target, style: NamingStyle()) == flat)
    #expect(AdapterDialect.diffusers.naming.target(ofStem: "unet." + path) == target)
    #expect(
      AdapterDialect.diffusers.naming.stem(of: target, style: NamingStyle()) == "unet." + path)
  }

  @Test func textEncoders() {
    let path = "text_model.encoder.layers.3.self_attn.q_proj"
    let target = ModuleTarget(component: .textEncoder, path: path)
    let flat = path.replacing(".", with: "_")
    #expect(AdapterDialect.kohya.naming.target(ofStem: "lora_te_" + flat) == target)
    #expect(AdapterDialect.kohya.naming.target(ofStem: "lora_te1_" + flat) == target)
    #expect(
      AdapterDialect.kohya.naming.stem(
        of: target, style: NamingStyle(numbersFirstTextEncoder: true))
        == "lora_te1_" + flat)
    #expect(
      AdapterDialect.diffusers.naming.target(
        ofStem: "text_encoder.encoder.layers.3.self_attn.q_proj") == target)
    #expect(
      AdapterDialect.diffusers.naming.target(
        ofStem: "text_encoder." + path.dropLast(6) + "to_q_lora") == target)
  }

  @Test func attentionProcessorsOfFormerGenerations() {
    let target = ModuleTarget(
      component: .unet, path: "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0")
    for prefix in ["unet.", ""] {
      #expect(
        AdapterDialect.diffusers.naming.target(
          ofStem: prefix
            + "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora") == target)
    }
  }

  @Test func unknownFlatNamesStayWhole() {
    let target = AdapterDialect.kohya.naming.target(
      ofStem: "lora_unet_double_blocks_0_img_attn_qkv")
    #expect(target?.isFlat == true)
    #expect(
      target.flatMap { AdapterDialect.kohya.naming.stem(of: $0, style: NamingStyle()) }
        == "lora_unet_double_blocks_0_img_attn_qkv")
    #expect(
      target.flatMap { AdapterDialect.diffusers.naming.stem(of: $0, style: NamingStyle()) } == nil)
  }

  @Test func peftWrappersAreStripped() {
    let naming = AdapterDialect.peft.naming
    let path = "model.layers.0.self_attn.q_proj"
    #expect(
      naming.target(ofStem: "base_model.model._orig_mod." + path)
        == ModuleTarget(component: .model, path: path))
    #expect(naming.target(ofStem: path) == nil)
  }

  @Test func hugeNumbersInNamesDoNotTrap() {
    let stem = "lora_unet_input_blocks_9223372036854775807_1_proj_in"
    #expect(AdapterDialect.kohya.naming.target(ofStem: stem) != nil)
  }
}
