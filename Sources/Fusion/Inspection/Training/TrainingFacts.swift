/// What an adapter's metadata say of how and on what it was trained.
package struct TrainingFacts: Sendable {
  package struct Fact: Sendable, Hashable {
    package let label: String
    package let value: String
  }

  package struct Tag: Sendable, Hashable {
    package let text: String
    package let count: Int
  }

  /// The program that trained, or wrote the file.
  package let trainer: String?
  /// In the order in which people ask, with what belongs together in one; not the folders.
  package let facts: [Fact]
  /// The values under names for programs, each as the trainer wrote it.
  package let fields: [Fact]
  /// The arguments of the network, by the trainer's names.
  package let networkArguments: [Fact]
  /// The folders of training images.
  package let folders: [TrainingFolder]
  /// Words that call the adapter, as far as its training tells.
  package let triggers: [TrainedTrigger]
  package let times: TrainingTimes
  /// The tags of the training captions, most frequent first.
  package let tags: [Tag]

  package init(metadata: [String: String]) {
    let entries = TrainingEntries(metadata)
    let sets = TrainingFolders(entries)
    let arguments = NetworkArguments(entries)
    let times = TrainingTimes(entries)
    let rows = TrainingRows(entries, folders: sets, arguments: arguments, times: times)
    trainer = TrainingProgram.name(metadata)
    fields = TrainingFields.found(in: entries)
    networkArguments = arguments.all
    folders = sets.all
    triggers = TriggerSearch(sets).triggers
    self.times = times
    tags = Self.tags(sets.tags)
    let program = trainer.map { [Fact(label: "trainer", value: $0)] } ?? []
    facts = (program + rows.facts).map { Fact(label: $0.label, value: Self.shortened($0.value)) }
  }

  /// The most characters of a value that a page has room for.
  private static let longest = 2000

  private static func shortened(_ value: String) -> String {
    let head = value.prefix(longest)
    return head.endIndex == value.endIndex ? value : head + "…"
  }

  private static func tags(_ folders: [TagFrequency.Folder]) -> [Tag] {
    TagFrequency.sums(folders).compactMap { sum in
      guard let count = Int(exactly: sum.count.rounded()), count > 0,
        let plausible = TrainingEntries.plausible(count)
      else { return nil }
      return Tag(text: sum.tag, count: plausible)
    }
  }
}
