/// The most frequent tags of an adapter's training captions.
///
/// kohya's trainers write them as `ss_tag_frequency`, JSON of `{folder: {tag: count}}`.
enum TagFrequency {
  struct Count {
    let tag: String
    let count: Double

    init(tag: String, count: Double) { (self.tag, self.count) = (tag, count) }

    /// - Returns: nil for a name that is no tag, and for what is no count.
    init?(_ name: String, _ count: Double?) {
      guard let tag = KeyText.meaningful(name), let count, count > 0, count.isFinite else {
        return nil
      }
      self.init(tag: tag, count: count)
    }
  }

  /// The tags of the captions in one folder of images.
  struct Folder {
    let name: String
    let counts: [Count]

    /// The folder without counts that no training can have.
    var plausible: Folder {
      Folder(name: name, counts: counts.filter { $0.count <= Double(TrainingEntries.countLimit) })
    }
  }

  /// The most tags that make a key.
  static let limit = 8

  /// The tags with the largest sums of counts over all folders; of equal ones the first in the
  /// order of their UTF-8 bytes.
  ///
  /// Whatever is not a folder of counts is passed over, as are counts that are negative or not
  /// numbers; text that is not JSON, or longer than a limit, has no tags.
  static func topTags(_ json: String) -> [String] { sums(folders(json)).prefix(limit).map(\.tag) }

  /// All tags with their sums of counts, in that order.
  static func sums(_ folders: [Folder]) -> [Count] {
    var sums: [String: Double] = [:]
    for count in folders.lazy.flatMap(\.counts) { sums[count.tag, default: 0] += count.count }
    return sums.sorted { first, second in
      if first.value != second.value { return first.value > second.value }
      return first.key.utf8.lexicographicallyPrecedes(second.key.utf8)
    }.map { Count(tag: $0.key, count: $0.value) }
  }
}
