import Fusion
import Testing

/// Folders, tags and trigger words of training images, from entries as sd-scripts writes them.
@Suite struct TrainingFoldersTests {
  private static let tags =
    #"{"10_ohwx woman": {"smile": 19, "hat": 18, "1girl": 20, "ohwx woman": 20}, "1_woman": {"a": 9}}"#
  private static let directories = #"{"10_ohwx woman": {"n_repeats": 10, "img_count": 20}}"#
  private static let regularization = #"{"1_woman": {"n_repeats": 1, "img_count": 9}}"#

  private static func triggers(_ metadata: [String: String]) -> [String] {
    TrainingFacts(metadata: metadata).triggers.map(\.description)
  }

  @Test func `folders have images, repeats and a kind`() {
    let facts = TrainingFacts(metadata: [
      "ss_dataset_dirs": Self.directories, "ss_reg_dataset_dirs": Self.regularization,
      "ss_num_train_images": "200",
    ])
    #expect(
      facts.folders.map(\.description) == [
        "10_ohwx woman: 20 images × 10", "1_woman: 9 images × 1, regularization",
      ])
    #expect(facts.facts.contains { $0.label == "images" && $0.value == "200 with repeats" })
  }

  /// 19 of 20 images are 95 %, 18 are fewer; the folder of regularization has no say.
  @Test func `triggers are texts of folders, and tags of almost every image`() {
    let metadata = [
      "ss_tag_frequency": Self.tags, "ss_dataset_dirs": Self.directories,
      "ss_reg_dataset_dirs": Self.regularization,
    ]
    #expect(
      Self.triggers(metadata) == [
        "ohwx woman (folder of training images)", "1girl (tag of all 20 images)",
        "smile (tag of 19 of 20 images)",
      ])
  }

  @Test func `of one folder the images follow from their repeats`() {
    var metadata = ["ss_tag_frequency": #"{"5_img": {"zork": 20, "x": 18}}"#]
    #expect(Self.triggers(metadata).isEmpty)
    metadata["ss_num_train_images"] = "100"
    #expect(Self.triggers(metadata) == ["zork (tag of all 20 images)"])
    metadata["ss_num_train_images"] = "101"
    #expect(Self.triggers(metadata).isEmpty)
    metadata["ss_tag_frequency"] = #"{"5_img": {"zork": 20}, "5_reg": {"y": 1}}"#
    metadata["ss_num_train_images"] = "100"
    #expect(Self.triggers(metadata).isEmpty)
  }

  @Test func `datasets tell class tokens and have their own tags`() {
    let subset =
      #"{"image_dir": "C:\\x\\train", "class_tokens": "ohwx man", "img_count": 4, "num_repeats": 2}"#
    let facts = TrainingFacts(metadata: [
      "ss_datasets": """
      [{"subsets": [\(subset)], "resolution": [512, 512], "batch_size_per_device": 2,
        "tag_frequency": {"train": {"suit": 4, "hat": 3}}},
       {"subsets": [\(subset), {"image_dir": "r", "is_reg": true, "class_tokens": "man"}],
        "resolution": [1024, 1024]}]
      """
    ])
    #expect(
      facts.folders.map(\.description) == ["train: 4 images × 2", "r, regularization"])
    #expect(
      facts.triggers.map(\.description) == [
        "ohwx man (class tokens of training images)", "suit (tag of all 4 images)",
      ])
    #expect(facts.tags.map(\.text) == ["suit", "hat"])
    #expect(facts.facts.contains { $0.label == "resolution" && $0.value == "512x512, 1024x1024" })
    #expect(facts.facts.contains { $0.label == "batch" && $0.value == "2" })
  }

  @Test(arguments: [
    "10_img", "5_reg", "3_2024", "1_a3f0c9d2e4b5f6a7", "2_training images", "7", "img", "10_",
    "ohwx woman", "x_ohwx", "1_\(String(repeating: "long ", count: 50))",
  ])
  func `names that say nothing are no triggers`(_ name: String) {
    #expect(Self.triggers(["ss_tag_frequency": "{\"\(name)\": {\"a\": 1}}"]).isEmpty)
  }

  @Test func `a folder of several datasets is one`() {
    let metadata = [
      "ss_dataset_dirs":
        #"{"2_a b": {"n_repeats": 2, "img_count": 3}, "2_a b (2)": {"n_repeats": 2, "img_count": 3}}"#
    ]
    #expect(
      TrainingFacts(metadata: metadata).folders.map(\.description) == ["2_a b: 3 images × 2"])
  }

  @Test func `counts that cannot be are passed over`() {
    let facts = TrainingFacts(metadata: [
      "ss_tag_frequency":
        #"{"10_a": {"fox": 1e308, "owl": 1e16, "cat": 1000000000000000, "dog": 3, "e": "9"}}"#,
      "ss_dataset_dirs":
        #"{"10_a": {"n_repeats": 1e99, "img_count": -4}, "x": 7, "y": [1], "/": {}, "z/": {}}"#,
    ])
    #expect(facts.tags.map(\.text) == ["cat", "dog"])
    #expect(facts.tags.map(\.count) == [1_000_000_000_000_000, 3])
    #expect(facts.folders.map(\.description) == ["10_a: repeats 10", "z"])
  }

  @Test(arguments: [
    "", "None", "{", "[]", "null", "[[]]", "[{\"subsets\": {}}]", "[{\"subsets\": [1, null]}]",
    "{\"a\": {\"img_count\": []}}", String(repeating: "[", count: 200_000),
    String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000),
    String(repeating: "{\"a\":", count: 100_000),
  ])
  func `whatever stands there is no failure`(_ text: String) {
    let names = [
      "ss_datasets", "ss_dataset_dirs", "ss_reg_dataset_dirs", "ss_tag_frequency",
      "ss_network_args", "ss_epoch", "ss_num_train_images", "ss_resolution",
    ]
    let facts = TrainingFacts(metadata: Dictionary(uniqueKeysWithValues: names.map { ($0, text) }))
    #expect(facts.triggers.isEmpty && facts.tags.isEmpty)
  }

  @Test func `a great many folders and tags are read`() {
    let tags = (0..<20_000).map { "\"tag \($0)\": 20" }.joined(separator: ",")
    let folders = (0..<20_000).map { "\"1_x\($0)\": {}" }.joined(separator: ",")
    let facts = TrainingFacts(metadata: [
      "ss_tag_frequency": "{\"10_ohwx\": {\(tags)}}",
      "ss_dataset_dirs": "{\"10_ohwx\": {\"img_count\": 20}, \(folders)}",
    ])
    #expect(facts.tags.count == 20_000 && facts.folders.count == 10_000)
    #expect(facts.triggers.count == 28)
  }

  /// Which adapters a prompt calls is decided as before.
  @Test func `keys know nothing of them`() {
    let key = KeyResolver(
      path: "none/n.safetensors",
      metadata: ["ss_tag_frequency": Self.tags, "ss_dataset_dirs": Self.directories]
    ).key()
    #expect(key.triggers.isEmpty)
    #expect(key.texts == ["n: 1girl, ohwx woman, smile, hat, a"])
  }
}
