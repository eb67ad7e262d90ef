package import Formats

extension MergePlan {
  /// The `adapter_config.json` that belongs to the written adapter.
  package var peftConfig: JSONValue {
    let configs = active.compactMap { members[$0].file.config }
    return WrittenPEFTConfig(
      modules: modules.map { ($0.target.path, $0.rank, $0.alpha) },
      isFanInFanOut: configs.first?.isFanInFanOut ?? false,
      baseModel: common(configs.map(\.baseModel)), taskType: common(configs.map(\.taskType))
    ).document
  }

  private func common(_ values: [String?]) -> String? {
    let distinct = Set(values)
    return distinct.count == 1 ? values.first ?? nil : nil
  }
}
