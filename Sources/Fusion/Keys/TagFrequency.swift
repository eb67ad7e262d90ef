internal import FoundationEssentials

/// The most frequent tags of an adapter's training captions.
///
/// kohya's trainers write them as `ss_tag_frequency`, JSON of `{folder: {tag: count}}`.
enum TagFrequency {
  /// The most tags that make a key.
  static let limit = 8

  /// The tags with the largest sums of counts over all folders; of equal ones the first in the
  /// order of their UTF-8 bytes.
  ///
  /// Whatever is not a folder of counts is passed over, as are counts that are negative or not
  /// numbers; text that is not JSON, or longer than ``byteLimit``, has no tags.
  static func topTags(_ json: String) -> [String] { counts(json).prefix(limit).map(\.tag) }

  /// The longest text that is read, in bytes; those of large training sets have a tenth of it.
  private static let byteLimit = 16 << 20

  /// All tags with their sums of counts, in that order.
  static func counts(_ json: String) -> [(tag: String, count: Double)] {
    guard json.utf8.count <= byteLimit,
      let folders = LenientJSON.decode(Folders.self, from: Data(json.utf8))
    else { return [] }
    return folders.counts.sorted { first, second in
      if first.value != second.value { return first.value > second.value }
      return first.key.utf8.lexicographicallyPrecedes(second.key.utf8)
    }.map { ($0.key, $0.value) }
  }

  private struct Folders: Decodable {
    /// Tag to sum of counts.
    var counts: [String: Double] = [:]

    init(from decoder: any Decoder) throws {
      let folders = try decoder.container(keyedBy: LenientJSON.Name.self)
      let names = folders.allKeys.sorted {
        $0.stringValue.utf8.lexicographicallyPrecedes($1.stringValue.utf8)
      }
      for name in names {
        guard
          let folder = try? folders.nestedContainer(keyedBy: LenientJSON.Name.self, forKey: name)
        else { continue }
        for key in folder.allKeys {
          guard let tag = KeyText.meaningful(key.stringValue),
            let count = try? folder.decode(Double.self, forKey: key), count > 0, count.isFinite
          else { continue }
          counts[tag, default: 0] += count
        }
      }
    }
  }
}
