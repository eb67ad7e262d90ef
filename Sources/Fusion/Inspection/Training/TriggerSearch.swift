/// Looks for trigger words in what sd-scripts records of its training images.
struct TriggerSearch {
  private let folders: TrainingFolders

  init(_ folders: TrainingFolders) { self.folders = folders }

  /// Texts of folders in the order of the folders, then tags that (almost) every image has.
  var triggers: [TrainedTrigger] {
    var seen: Set<String> = []
    let texts = folders.all.filter { !$0.isRegularization }.flatMap(texts)
      .filter { seen.insert(Self.comparable($0.text)).inserted }.prefix(Self.folderLimit)
    // As many more as the texts can be the same as.
    let tags = shares.sorted { $0.isBefore($1) }.prefix(Self.tagLimit + texts.count)
      .compactMap(\.trigger).filter { seen.insert(Self.comparable($0.text)).inserted }
    return Array(texts + tags.prefix(Self.tagLimit))
  }

  private static let folderLimit = 20
  private static let tagLimit = TagFrequency.limit
  /// The part of a folder's images that a tag must have: a few captions lack what all others have.
  private static let least = 0.95
  /// A caption may have a tag twice; a tag with more is not counted by these images.
  private static let most = 2.0
  /// Where there is one image, every tag is in all of them.
  private static let fewestImages = 2
  /// Characters; longer ones are captions.
  private static let longest = 200

  private func texts(of folder: TrainingFolder) -> [TrainedTrigger] {
    let named = KeyText.phrases(folder.text)
    let told = KeyText.phrases(folder.classTokens)
    let isSame = told.isEmpty || told.map(Self.comparable) == named.map(Self.comparable)
    return (isSame ? named : told).filter(Self.isTelling).map {
      TrainedTrigger(text: $0, source: isSame ? .folder : .classTokens)
    }
  }

  /// The tags of almost every image of a folder, with the sums over the folders of which that is so.
  private var shares: [TagShare] {
    let images = Dictionary(
      folders.all.filter { !$0.isRegularization }.map { ($0.name, $0.imageCount) },
      uniquingKeysWith: { first, _ in first })
    var shares: [String: TagShare] = [:]
    for folder in folders.tags {
      guard let name = TrainingFolder.lastComponent(folder.name), let count = images[name] ?? nil,
        count >= Self.fewestImages
      else { continue }
      let plausible = Double(count) * Self.least...Double(count) * Self.most
      for tag in folder.counts where plausible.contains(tag.count) && Self.isShort(tag.tag) {
        shares[tag.tag, default: TagShare(tag: tag.tag)].add(tag.count, of: Double(count))
      }
    }
    return Array(shares.values)
  }

  /// Names of folders that say nothing of their images.
  private static let empty: Set<String> = [
    "img", "imgs", "image", "images", "reg", "regs", "regularization", "regularisation", "class",
    "data", "dataset", "datasets", "train", "training", "input", "inputs", "pic", "pics", "photos",
    "pictures", "folder", "default", "temp", "tmp", "new", "final", "none",
  ]

  private static func isTelling(_ text: String) -> Bool {
    guard isShort(text), text.contains(where: \.isLetter), !isHash(text) else { return false }
    return text.lowercased().split { " _-.".contains($0) }
      .contains { !empty.contains(String($0)) && $0.contains(where: \.isLetter) }
  }

  private static func isShort(_ text: String) -> Bool {
    text.utf8.count <= longest * 4 && text.count <= longest
  }

  /// Such as `a3f0c9d2…`, also with hyphens.
  private static func isHash(_ text: String) -> Bool {
    let digits = text.filter { $0 != "-" }
    return digits.utf8.count >= 8 && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
      && digits.contains(where: \.isNumber)
  }

  private static func comparable(_ text: String) -> String {
    text.lowercased().replacing("_", with: " ")
  }
}
