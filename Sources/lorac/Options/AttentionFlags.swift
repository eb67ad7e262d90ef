import ArgumentParser
import Fusion
import TextEncoders

/// `NAME=TEXT`; which `=` divides them is known when the adapters' names are.
struct NamedText: ExpressibleByArgument {
  let text: String

  init?(argument: String) {
    guard let separator = argument.firstIndex(of: "="), separator != argument.startIndex,
      argument.last != "="
    else { return nil }
    text = argument
  }
}

/// `NAME=NUMBER`, split at the last `=`.
struct NamedWeight: ExpressibleByArgument {
  let name: String
  let weight: Double

  init?(argument: String) {
    guard let separator = argument.lastIndex(of: "="), separator != argument.startIndex,
      let weight = Double(argument[argument.index(after: separator)...]), weight.isFinite
    else { return nil }
    name = String(argument[..<separator])
    self.weight = weight
  }
}

struct TemperatureArgument: ExpressibleByArgument {
  let temperature: Temperature

  init?(argument: String) {
    if argument == "auto" {
      temperature = .auto
    } else if let value = Double(argument), value > 0, value.isFinite {
      temperature = .fixed(value)
    } else {
      return nil
    }
  }
}

extension AttentionKind: ExpressibleByArgument {}
extension Mix: ExpressibleByArgument {}

/// How adapters are weighed: prompts, keys, and what turns their likeness into weights.
struct AttentionFlags: ParsableArguments {
  @OptionGroup var prompts: PromptFlags
  @OptionGroup var encoder: EncoderFlags

  @Option(
    name: .customLong("key"), parsing: .singleValue,
    help: ArgumentHelp(
      "What the adapter NAME is about. Repeat it for several texts. Default: from the file.",
      valueName: "name=text"))
  var keys: [NamedText] = []

  @Option(help: ArgumentHelp("How weights are found: attention, linear or nla.", valueName: "name"))
  var method = FusionMethod.all[0].name

  @Option(help: "How shares are computed: sparse (sentence encoders' default) or softmax.")
  var attention: AttentionKind?

  @Option(
    help: "How shares become weights: gate (default with sparse), sum (with softmax) or norm.")
  var mix: Mix?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Softmax temperature, or auto; 1 is the paper's form. Default: the encoder's.",
      valueName: "t"))
  var temperature: TemperatureArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep the K best adapters of each prompt.", valueName: "k"))
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Adapters whose cosine is below S get no weight.", valueName: "s"))
  var minScore: Double?

  @Option(
    name: .customLong("weight"), parsing: .singleValue,
    help: ArgumentHelp(
      "A fixed weight for the adapter NAME, instead of attention.", valueName: "name=w"))
  var weights: [NamedWeight] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Multiplies the fused delta.", valueName: "s"))
  var strength = 1.0

  @Option(
    help: ArgumentHelp(
      """
      A folder that keeps the vectors of key texts, and the singular values of a base model that \
      SVDiff needs, between runs.
      """, valueName: "dir"),
    completion: .directory)
  var cache: String?

  /// What the options ask for; `base` is the value of `--base`, which the encoder `base` stands for.
  ///
  /// - Throws: `FormatError` of prompt files, `FusionError` of options that do not fit.
  func request(base: String?, _ modules: ModuleWeightOptions) throws -> WeighingRequest {
    guard cache != "" else {
      throw FusionError(.usage, "--cache needs a path that is not empty")
    }
    var request = WeighingRequest()
    request.method = method
    request.prompts = try prompts.prompts()
    request.keys = keys.map(\.text)
    request.weights = weights.map { ($0.name, $0.weight) }
    request.encoder = try encoder.request(base: base)
    request.cache = cache
    request.attention = AttentionOptions(
      kind: attention, temperature: temperature?.temperature, mix: mix, topK: topK,
      minimumScore: minScore)
    request.strength = strength
    request.modules = modules
    request.promptSyntax = prompts.promptSyntax
    request.longText = encoder.longPrompt
    return request
  }
}
