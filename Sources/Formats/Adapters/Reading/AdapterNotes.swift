/// What a careful user would want to know of an adapter beside its modules.
struct AdapterNotes {
  private(set) var sentences: [String] = []

  /// Notes on `modules`, which may have another scale than as `stored`.
  init(
    of modules: [AdapterModule], stored: [AdapterModule], config: PEFTConfig?,
    metadata: [String: String]
  ) {
    let without = modules.count { $0.scale.source == .absent && $0.dialect == .kohya }
    if without > 0 {
      sentences.append(
        "\(without) of \(modules.count) modules have no alpha: their scale is taken as 1")
    }
    if let start = config?.initialisation {
      sentences.append(
        "its training changed the base model at the start (init_lora_weights '\(printable(start))'): "
          + "it fits that changed model, unless it was converted when it was saved")
    }
    let rescaled = Set(
      zip(modules, stored).filter { $0.scale != $1.scale && $0.stack.pieces.count > 1 }
        .map(\.0.target))
    if !rescaled.isEmpty {
      sentences.append(
        "\(rescaled.count) modules were trained in parts (split_qkv): their alpha is multiplied by "
          + "the number of parts, as in training")
    }
    noteSplitTraining(modules.filter { !rescaled.contains($0.target) }, metadata)
  }

  /// sd-scripts trains the parts of a stack apart, stores them as one and keeps the alpha of a part.
  private mutating func noteSplitTraining(
    _ modules: [AdapterModule], _ metadata: [String: String]
  ) {
    guard let arguments = metadata["ss_network_args"],
      let document = try? JSONValue(parsing: Array(arguments.utf8), file: ""),
      document["split_qkv"]?.stringValue?.lowercased() == "true"
    else { return }
    let count = modules.count { module in
      module.stack.pieces.count > 1
        && module.rank?.isMultiple(of: module.stack.pieces.count) == true
    }
    guard count > 0 else { return }
    sentences.append(
      "\(count) modules were trained in parts (split_qkv) and stored as one: their alpha is divided "
        + "by the rank of all parts, as ComfyUI and diffusers do, which may be weaker than in training; "
        + "--fix-split-alpha makes it that of training"
    )
  }
}
