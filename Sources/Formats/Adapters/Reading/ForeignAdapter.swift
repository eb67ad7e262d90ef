/// Kinds of files that are called adapters, and change no weights that have names.
enum ForeignAdapter {
  /// What a file is that has a tensor of this name, if it is some kind of adapter after all.
  static func format(ofTensor name: String) -> String? {
    let numbered = ["unet:", "text_encoder:"].contains(where: name.hasPrefix)
    if numbered, name.hasSuffix(":up") || name.hasSuffix(":down") {
      return "the format of cloneofsimo/lora (2022), which numbers modules instead of naming them,"
    }
    if name == "lora_controlnet" { return "a ControlLoRA, which is a network of its own," }
    if name == "emb_params" || name.hasPrefix("string_to_param.") {
      return "a textual inversion, which is an embedding and no adapter,"
    }
    return nil
  }
}
