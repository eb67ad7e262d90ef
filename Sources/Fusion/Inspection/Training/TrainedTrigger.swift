/// Words that call an adapter, as far as what it was trained on tells.
///
/// Only for people to read: which adapters a prompt calls does not depend on them.
package struct TrainedTrigger: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    /// The name of a folder of images.
    case folder
    /// What the trainer was told that a folder shows.
    case classTokens
    /// A tag of `count` captions, in folders of `images` images.
    case tag(count: Int, images: Int)
  }

  package let text: String
  package let source: Source
}

extension TrainedTrigger: CustomStringConvertible {
  /// The words, and where they are from.
  package var description: String { "\(text) (\(place))" }

  private var place: String {
    switch source {
    case .folder: "folder of training images"
    case .classTokens: "class tokens of training images"
    case .tag(let count, let images):
      count < images ? "tag of \(count) of \(images) images" : "tag of all \(images) images"
    }
  }
}
