internal import Fusion
internal import TextEncoders

extension TargetBuilder {
  /// How the adapters called `names` are weighed.
  mutating func weighing(of names: [String]) -> WeighingRequest {
    var request = WeighingRequest()
    if case .text(let method)? = setting(.method)?.value { request.method = method }
    request.weights = weights(of: names)
    request.strength = number(.strength) ?? request.strength
    request.modules.textEncoderStrength = number(.strengthTe) ?? 1
    request.modules.modelStrength = number(.strengthUnet) ?? 1
    request.modules.blockWeights = input(.blockWeights)
    request.modules.gates = input(.gates)
    if case .path(let cache)? = setting(.cache)?.value { request.cache = cache }
    guard !isBroken(.method) else { return request }
    guard FusionMethod.all.first(where: { $0.name == request.method })?.needsPrompts == true else {
      refusePrompts(request.method)
      return request
    }
    request.prompts = prompts()
    setAttention(of: &request)
    return request
  }

  private mutating func weights(of names: [String]) -> [(adapter: String, weight: Double)] {
    guard let setting = setting(.weights), case .weights(let weights) = setting.value else {
      return []
    }
    let isOwn = own[.weights] != nil
    return weights.compactMap { entry in
      let (adapter, weight) = entry.value
      if names.contains(adapter) { return (adapter, weight) }
      // A default is for those adapters that a target has.
      if !isOwn, adapters[adapter] != nil { return nil }
      if adapters[adapter] != nil, !content.isIncomplete {
        report(entry.place, "'\(adapter)' is none of the adapters of the target '\(name.value)'")
      } else {
        reportUnknown(Placed(adapter, entry.place), "adapter", among: names)
      }
      return nil
    }
  }

  // MARK: Prompts and attention

  private mutating func refusePrompts(_ method: String) {
    for field in [SettingField.prompts, .promptSet] {
      guard let prompts = own[field] else { continue }
      if case .reset = prompts.value { continue }
      report(
        prompts.name, "the method '\(method)' reads no prompts",
        hint: "remove '\(field.rawValue)', or use the method 'attention'")
    }
  }

  private mutating func prompts() -> [WeighingRequest.Prompt] {
    if let setting = setting(.prompts), case .prompts(let prompts) = setting.value {
      return prompts
    }
    if let setting = setting(.promptSet), case .names(let names) = setting.value {
      return names.flatMap { name -> [WeighingRequest.Prompt] in
        guard let set = content.promptSets[name.value] else {
          reportUnknown(name, "prompt set", among: content.promptSets.keys.sorted())
          return []
        }
        usedSets.insert(name.value)
        return set.prompts ?? []
      }
    }
    if !isBroken(.prompts), !isBroken(.promptSet), !isIncomplete {
      report(
        name.place, "the target '\(name.value)' has no prompts",
        hint: "give it 'prompts' or a 'promptSet', or fixed 'weights' with the method 'linear'")
    }
    return []
  }

  private mutating func setAttention(of request: inout WeighingRequest) {
    if case .text(let kind)? = setting(.attention)?.value {
      request.attention.kind = AttentionKind(rawValue: kind)
    }
    if case .text(let mix)? = setting(.mix)?.value {
      request.attention.mix = Mix(rawValue: mix)
    }
    if case .temperature(let temperature)? = setting(.temperature)?.value {
      request.attention.temperature = temperature
    }
    if case .whole(let count)? = setting(.topK)?.value { request.attention.topK = count }
    request.attention.minimumScore = number(.minScore)
    if case .text(let syntax)? = setting(.promptSyntax)?.value {
      request.promptSyntax = PromptSyntax(rawValue: syntax) ?? request.promptSyntax
    }
    if case .text(let longText)? = setting(.longPrompt)?.value {
      request.longText = LongText(rawValue: longText) ?? request.longText
    }
  }

  /// The encoder of a target that reads prompts.
  mutating func setEncoder(of request: inout MergeRequest) {
    guard !request.weighing.prompts.isEmpty else { return }
    var encoder = EncoderRequest()
    if let setting = setting(.encoder) {
      switch setting.value {
      case .text(FieldReader.baseEncoder):
        if let base = request.base {
          // A path, also where it reads like the name of an encoder.
          encoder.spec = base.contains("/") ? base : "./\(base)"
        } else if !isBroken(.base) {
          report(
            setting.place, "the encoder 'base' is the one inside 'base', which is not given",
            hint: "the target '\(name.value)' needs the field 'base', or another encoder")
        }
      case .text(let spec): encoder.spec = spec
      case .path(let path):
        encoder.spec = path.contains("/") ? path : "./\(path)"
        inputs.append(.init(path: path, place: setting.place))
      default: break
      }
    }
    if case .text(let tower)? = setting(.encoderTower)?.value {
      encoder.tower = TowerChoice(rawValue: tower)
    }
    encoder.tokenizer = input(.tokenizer)
    request.weighing.encoder = encoder
  }
}
