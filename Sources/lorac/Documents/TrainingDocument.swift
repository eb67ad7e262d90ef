import Formats
import Fusion

/// How and on what an adapter was trained, as `training` in documents.
struct TrainingDocument {
  private let training: TrainingFacts

  init(_ training: TrainingFacts) { self.training = training }

  /// Values of the file are texts, as the trainer wrote them; what was found from them has its own type.
  var document: JSONValue {
    let times = training.times
    let found: [(String, JSONValue?)] = [
      ("trainer", training.trainer.map { .string($0) }),
      ("date", times.date.map { .string($0) }),
      ("started", times.started.map { .string($0) }),
      ("finished", times.finished.map { .string($0) }),
      ("durationSeconds", times.duration.map { .integer($0) }),
      ("networkArguments", list(training.networkArguments) { .object(pairs: $0.map(Self.pair)) }),
      ("datasets", list(training.folders) { .array($0.map(folder)) }),
      ("triggers", list(training.triggers) { .array($0.map(trigger)) }),
    ]
    return .object(
      pairs: training.fields.map(Self.pair)
        + found.compactMap { name, value in value.map { (name, $0) } })
  }

  private static func pair(_ fact: TrainingFacts.Fact) -> (String, JSONValue) {
    (fact.label, .string(fact.value))
  }

  private func list<Element>(
    _ elements: [Element], _ value: ([Element]) -> JSONValue
  ) -> JSONValue? {
    elements.isEmpty ? nil : value(elements)
  }

  private func folder(_ folder: TrainingFolder) -> JSONValue {
    .object([
      "folder": .string(folder.name),
      "images": folder.imageCount.map { .integer($0) },
      "repeats": folder.repeats.map { .integer($0) },
      "classTokens": folder.classTokens.map { .string($0) },
      "regularization": .bool(folder.isRegularization),
    ])
  }

  private func trigger(_ trigger: TrainedTrigger) -> JSONValue {
    switch trigger.source {
    case .folder:
      .object(["text": .string(trigger.text), "source": .string("folder")])
    case .classTokens:
      .object(["text": .string(trigger.text), "source": .string("classTokens")])
    case .tag(let count, let images):
      .object([
        "text": .string(trigger.text), "source": .string("tags"), "count": .integer(count),
        "images": .integer(images),
      ])
    }
  }
}
