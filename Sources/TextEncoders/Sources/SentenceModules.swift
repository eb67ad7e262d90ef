internal import Formats

/// What follows the transformer in a folder of sentence-transformers.
///
/// Source: `modules.json` and the configurations of `Pooling` and `Dense` in sentence-transformers,
/// as versions up to 5 and from 6 on write them.
struct SentenceModules {
  static let listName = "modules.json"

  /// The folder of the transformer itself.
  private(set) var transformer: ModelFolder
  private(set) var pooling = Pooling.tokens([.mean])
  private(set) var steps: [EmbeddingHead.Step] = []
  /// The weights of dense layers.
  private(set) var tensors: [FileTensors] = []
  private(set) var files: [String] = []

  /// The length of the vectors so far.
  private var dimension = 0

  /// A folder without a list of modules: the mean over the tokens.
  init(transformer: ModelFolder) { self.transformer = transformer }

  /// Reads the modules that `list` names, for a transformer of unknown width.
  init(_ folder: ModelFolder, _ list: ConfigFile) throws(TextEncoderError) {
    self.init(transformer: folder)
    files = [list.path]
    guard let modules = list.elements, !modules.isEmpty else {
      throw list.fault("is not a list of modules")
    }
    var hasPooling = false
    for (index, module) in modules.enumerated() {
      let type = try module.string("type") ?? ""
      let subfolder = folder.subfolder(Folder.trimmed(try module.string("path") ?? ""))
      let kind = type.split(separator: ".").last.map { String($0) } ?? ""
      switch kind {
      case "Transformer" where index == 0: try addTransformer(subfolder)
      case "Pooling" where index > 0 && !hasPooling:
        try addPooling(subfolder)
        hasPooling = true
      case "Dense" where hasPooling: try addDense(subfolder)
      // It has no settings, and often no folder.
      case "Normalize" where hasPooling: steps.append(.normalize)
      default:
        throw list.fault(
          "module \(index) is '\(printable(type))'; lorac runs a Transformer, then Pooling, Dense "
            + "and Normalize")
      }
    }
    guard hasPooling else { throw list.fault("has no module Pooling") }
  }

  private mutating func addTransformer(_ folder: ModelFolder) throws(TextEncoderError) {
    transformer = folder
    guard let config = try folder.config() else {
      throw folder.fault(.unreadable, file: folder.path("config.json"), "is missing")
    }
    dimension = try config.count("hidden_size", default: 768)
  }

  private mutating func addPooling(_ folder: ModelFolder) throws(TextEncoderError) {
    guard let config = try folder.config() else {
      throw folder.fault(.unreadable, file: folder.path("config.json"), "is missing")
    }
    files.append(config.path)
    for key in ["word_embedding_dimension", "embedding_dimension"] {
      let told = try config.count(key, default: dimension)
      guard told == dimension else {
        throw config.fault("'\(key)' is \(told), the transformer's hidden size \(dimension)")
      }
    }
    if try config.bool("include_prompt") == false, try prompt(of: transformer).text != "" {
      throw config.fault("leaves the prompt out of the pooling, which lorac does not support")
    }
    let modes = try config.poolingModes
    pooling = .tokens(modes)
    dimension *= modes.count
  }

  private mutating func addDense(_ folder: ModelFolder) throws(TextEncoderError) {
    guard let config = try folder.config() else {
      throw folder.fault(.unreadable, file: folder.path("config.json"), "is missing")
    }
    let source = try config.string("module_input_name") ?? "sentence_embedding"
    guard source == "sentence_embedding" else {
      throw config.fault("takes '\(printable(source))', which lorac does not support")
    }
    let inputs = try config.count("in_features", default: dimension)
    let outputs = try config.count("out_features", default: dimension)
    guard inputs == dimension else {
      throw config.fault("'in_features' is \(inputs), the vectors have \(dimension) elements")
    }
    let weights = try folder.weights()
    let layer = FileTensors(weights, authority: config.path)
    let matrix = try layer.matrix("linear.weight", rows: outputs, columns: inputs)
    let hasBias = try config.bool("bias") ?? true
    let bias = hasBias ? try layer.vector("linear.bias", count: outputs) : nil
    steps.append(.dense(Linear(weight: matrix, bias: bias), try config.denseActivation))
    tensors.append(layer)
    files += [config.path] + weights.files.map(\.path)
    dimension = outputs
  }

  /// What the model wants before every text, empty unless it has a default, and the file that says.
  func prompt(
    of folder: ModelFolder
  ) throws(TextEncoderError) -> (text: String, files: [String]) {
    guard let config = try folder.config("config_sentence_transformers.json") else {
      return ("", [])
    }
    guard let name = try config.string("default_prompt_name") else { return ("", [config.path]) }
    guard let prompt = try config.nested("prompts")?.string(name) else {
      throw config.fault(
        "'default_prompt_name' is '\(printable(name))', which 'prompts' does not have")
    }
    return (prompt, [config.path])
  }
}
