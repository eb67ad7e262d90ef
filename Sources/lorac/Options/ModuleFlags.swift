import ArgumentParser
import Fusion

/// Weights that differ from module to module.
struct ModuleFlags: ParsableArguments {
  @Option(
    name: .customLong("strength-te"), parsing: .unconditional,
    help: ArgumentHelp("Multiplies the deltas of text encoders.", valueName: "s"))
  var textEncoderStrength = 1.0

  @Option(
    name: .customLong("strength-unet"), parsing: .unconditional,
    help: ArgumentHelp(
      "Multiplies the deltas of the UNet, or of the transformer of Flux and its like.",
      valueName: "s"))
  var modelStrength = 1.0

  @Option(
    help: ArgumentHelp(
      """
      Factors by block or module: JSON {"PATTERN": FACTOR} or {"ADAPTER": {"PATTERN": FACTOR}}, or \
      the 12, 17, 20 or 26 numbers of web UIs.
      """, valueName: "file"),
    completion: .file())
  var blockWeights: String?

  @Option(
    help: ArgumentHelp(
      """
      Weights by block or module that replace the attention's: JSON {"PATTERN": {"ADAPTER": \
      WEIGHT}}.
      """, valueName: "file"),
    completion: .file())
  var gates: String?

  func validate() throws {
    for (option, value) in [
      ("--strength-te", textEncoderStrength), ("--strength-unet", modelStrength),
    ] where !value.isFinite {
      throw ValidationError("\(option) \(value) is not a number")
    }
  }

  var options: ModuleWeightOptions {
    var options = ModuleWeightOptions()
    options.textEncoderStrength = textEncoderStrength
    options.modelStrength = modelStrength
    (options.blockWeights, options.gates) = (blockWeights, gates)
    return options
  }

  static let discussion = """
    --block-weights and --gates find modules by patterns of the names that 'lorac inspect --modules' \
    prints: * stands for any characters, dots too, ? for one. A pattern that matches a block \
    covers every module in it, and UNet blocks have their names of web UIs (BASE, IN04, MID, OUT03) \
    too. Of several patterns the one with most characters other than * and ? holds, of two with as \
    many the later; what a file says for one adapter goes before what it says for all.
    """
}
