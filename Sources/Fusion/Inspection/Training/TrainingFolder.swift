/// A folder of images that an adapter was trained on.
package struct TrainingFolder: Sendable, Hashable {
  /// The last component of its path.
  package let name: String
  /// How often an epoch shows each image.
  package private(set) var repeats: Int?
  /// How many images lie in it, each counted once.
  package private(set) var imageCount: Int?
  /// What the trainer was told that the images show.
  package let classTokens: String?
  /// Whether its images only keep the model from forgetting its class.
  package let isRegularization: Bool

  /// A folder at `path`; nil where the path has no last component.
  ///
  /// Repeats that are not told are those of the name.
  init?(
    path: String, repeats: Int? = nil, imageCount: Int? = nil, classTokens: String? = nil,
    isRegularization: Bool = false
  ) {
    guard let name = Self.lastComponent(path) else { return nil }
    self.name = name
    (self.repeats, self.imageCount) = (repeats ?? Self.parts(of: name)?.repeats, imageCount)
    self.classTokens = KeyText.meaningful(classTokens)
    self.isRegularization = isRegularization
  }

  /// The text of a name such as `10_ohwx woman`, which stands for captions that are missing.
  var text: String? { Self.parts(of: name)?.text }

  /// The folder with a count of images that follows from `shown`, all images with their repeats.
  func counted(from shown: Int) -> TrainingFolder {
    guard imageCount == nil, let repeats, repeats > 0, shown.isMultiple(of: repeats) else {
      return self
    }
    var folder = self
    folder.imageCount = shown / repeats
    return folder
  }

  /// The end of a path of any system; longer ones than file systems allow are no names.
  static func lastComponent(_ path: String) -> String? {
    guard path.utf8.count <= 4096 else { return nil }
    let name = path.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
    return KeyText.meaningful(name)
  }

  /// Source: sd-scripts, `config_util.py`, which takes what stands before the first `_` for the repeats.
  private static func parts(of name: String) -> (repeats: Int, text: String)? {
    let parts = name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count <= 9, parts[0].utf8.allSatisfy(isDigit),
      let repeats = Int(parts[0]), let text = KeyText.meaningful(String(parts[1]))
    else { return nil }
    return (repeats, text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension TrainingFolder: CustomStringConvertible {
  /// Such as `10_ohwx woman: 20 images × 10`.
  package var description: String {
    var parts: [String] = []
    if let imageCount { parts.append(imageCount == 1 ? "1 image" : "\(imageCount) images") }
    if let repeats { parts.append(parts.isEmpty ? "repeats \(repeats)" : "× \(repeats)") }
    let counts = parts.isEmpty ? "" : ": " + parts.joined(separator: " ")
    return name + counts + (isRegularization ? ", regularization" : "")
  }
}
