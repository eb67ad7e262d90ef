internal import Formats

/// The folders of images that an adapter was trained on, as sd-scripts records them.
///
/// `ss_datasets` tells most; `ss_dataset_dirs` is there where the trainer was given folders on its command
/// line; the names alone are in `ss_tag_frequency`. Source: sd-scripts, `train_network.py`.
struct TrainingFolders {
  let all: [TrainingFolder]
  /// The tags of the captions, by folder.
  let tags: [TagFrequency.Folder]
  /// Such as `1024x1024`, each once, where datasets differ from each other.
  let resolutions: [String]
  /// Of the datasets, each size once.
  let batchSizes: [Int]

  init(_ entries: TrainingEntries) {
    let datasets = entries.document("ss_datasets")?.elements ?? []
    let counted = entries.text("ss_tag_frequency").map(TagFrequency.folders) ?? []
    tags = (counted.isEmpty ? Self.tags(of: datasets) : counted).map(\.plausible)
    let names = tags.prefix(Self.limit).compactMap { TrainingFolder(path: $0.name) }
    let found = [Self.subsets(of: datasets), Self.directories(entries)].first { !$0.isEmpty }
    all = Self.distinct(Self.counted(found ?? names, entries))
    resolutions = Self.distinct(datasets.compactMap { Self.resolution($0["resolution"]) })
    batchSizes = Self.distinct(datasets.compactMap { Self.count($0["batch_size_per_device"]) })
  }

  /// No training has more folders.
  private static let limit = 10_000

  private static func subsets(of datasets: [JSONValue]) -> [TrainingFolder] {
    datasets.flatMap { $0["subsets"]?.elements ?? [] }.prefix(limit).compactMap { subset in
      let path = subset["image_dir"]?.stringValue ?? subset["metadata_file"]?.stringValue
      return TrainingFolder(
        path: path ?? "", repeats: count(subset["num_repeats"]),
        imageCount: count(subset["img_count"]), classTokens: subset["class_tokens"]?.stringValue,
        isRegularization: subset["is_reg"]?.boolValue ?? false)
    }
  }

  private static func directories(_ entries: TrainingEntries) -> [TrainingFolder] {
    [("ss_dataset_dirs", false), ("ss_reg_dataset_dirs", true)].flatMap { name, isRegularization in
      let members = (entries.document(name)?.members ?? []).prefix(limit)
      let names = Set(members.map(\.key))
      return members.filter { $0.value.members != nil }.compactMap { member in
        TrainingFolder(
          path: original(of: member.key, among: names), repeats: count(member.value["n_repeats"]),
          imageCount: count(member.value["img_count"]), isRegularization: isRegularization)
      }
    }
  }

  /// sd-scripts calls a folder that several datasets have `name`, `name (2)` and so on.
  private static func original(of name: String, among names: Set<String>) -> String {
    guard name.hasSuffix(")"), let start = name.lastIndex(of: "("), start > name.startIndex else {
      return name
    }
    let digits = name[name.index(after: start)...].dropLast()
    let before = name[..<name.index(before: start)]
    let isCopy = !digits.isEmpty && digits.allSatisfy(\.isWholeNumber)
    return isCopy && names.contains(String(before)) ? String(before) : name
  }

  /// A dataset's own tags; the first dataset that has a folder tells its tags.
  private static func tags(of datasets: [JSONValue]) -> [TagFrequency.Folder] {
    var seen: Set<String> = []
    return datasets.flatMap { $0["tag_frequency"]?.members ?? [] }.compactMap { member in
      guard let counts = member.value.members, seen.insert(member.key).inserted else { return nil }
      return TagFrequency.Folder(
        name: member.key,
        counts: counts.compactMap { TagFrequency.Count($0.key, $0.value.doubleValue) })
    }
  }

  /// Of a single folder, the images that the training showed in an epoch tell how many there are.
  private static func counted(
    _ folders: [TrainingFolder], _ entries: TrainingEntries
  ) -> [TrainingFolder] {
    guard folders.count(where: { !$0.isRegularization }) == 1,
      let shown = entries.count("ss_num_train_images"), shown > 0
    else { return folders }
    return folders.map { $0.isRegularization ? $0 : $0.counted(from: shown) }
  }

  private static func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  private static func count(_ value: JSONValue?) -> Int? {
    value?.integerValue.flatMap(TrainingEntries.plausible)
  }

  private static func resolution(_ value: JSONValue?) -> String? {
    let sides = (value?.elements ?? []).compactMap(count)
    return sides.count == 2 ? "\(sides[0])x\(sides[1])" : nil
  }
}
