internal import Formats

/// What a target was made from, as it was found on the disk: the contents of files, and files that
/// were looked for and were not there.
struct Trace: Sendable, Hashable {
  enum Kind: String, Sendable {
    /// The content of a file.
    case file = "f"
    /// Nothing has the name.
    case absent = "a"
    /// The names of the files in a folder and below.
    case listing = "l"
    /// A text encoder: what the recipe calls it, and its id. Its files have entries of their own.
    case encoder = "e"
  }

  struct Entry: Sendable, Hashable {
    let kind: Kind
    /// Relative to the recipe's folder where it lies below that.
    let path: String
    /// The SHA-256 of the content, or of the names; empty for what is absent.
    let digest: String
  }

  let entries: [Entry]

  /// A name by content, so that targets with equal traces share one.
  var id: String {
    let text = entries.map { "\($0.kind.rawValue)\($0.digest)\($0.path)\n" }.joined()
    return String(ContentHash.sha256(of: Array(text.utf8)).prefix(24))
  }

  /// The digest of the names of the files in the folder at `path`, with those below.
  static func listingDigest(of path: String) -> String {
    let names = (try? Folder.files(below: path)) ?? []
    return ContentHash.sha256(of: Array(names.joined(separator: "\n").utf8))
  }

  /// The paths of the files that were there.
  func files(in folder: BuildFolder) -> [String] {
    entries.filter { $0.kind == .file }.map { folder.absolute($0.path) }
  }
}
