/// Where the text of a key was found; best first.
package enum KeySource: Sendable, Hashable, CustomStringConvertible {
  /// `--key NAME=TEXT`.
  case option
  case recipe
  /// An entry of the file's `__metadata__`.
  case metadata(String)
  /// A file beside the adapter, by its name.
  case sidecar(String)
  case fileName

  /// As `keySource` in JSON documents has it.
  package var description: String {
    switch self {
    case .option: "option"
    case .recipe: "recipe"
    case .metadata(let entry): entry
    case .sidecar(let name): "sidecar \(name)"
    case .fileName: "file name"
    }
  }
}
