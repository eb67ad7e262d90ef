/// How many of the images in some folders have a tag.
struct TagShare {
  let tag: String
  private var count = 0.0
  private var images = 0.0

  init(tag: String) { self.tag = tag }

  mutating func add(_ count: Double, of images: Double) {
    self.count += count
    self.images += images
  }

  /// In the order of shares, then of images, then of the tags' UTF-8 bytes.
  func isBefore(_ other: TagShare) -> Bool {
    let (first, second) = (min(1, count / images), min(1, other.count / other.images))
    if first != second { return first > second }
    if images != other.images { return images > other.images }
    return tag.utf8.lexicographicallyPrecedes(other.tag.utf8)
  }

  /// The tag as a trigger; nil where there are more images than can be counted.
  var trigger: TrainedTrigger? {
    guard let count = Int(exactly: count.rounded()), let images = Int(exactly: images) else {
      return nil
    }
    return TrainedTrigger(text: tag, source: .tag(count: count, images: images))
  }
}
