/// Whether a target must be built, and why.
package enum TargetStatus: Sendable {
  /// The files are there, and are what would be written.
  case current(BuiltTarget)
  case stale(Reason)

  /// Why a target must be built.
  package enum Reason: Sendable, Hashable, CustomStringConvertible {
    case neverBuilt
    case forced
    /// The recipe means something else for it, or another lorac built it.
    case requestChanged
    case inputChanged(String)
    case inputMissing(String)
    case outputMissing(String)
    case outputChanged(String)

    package var description: String {
      switch self {
      case .neverBuilt: "was not built before"
      case .forced: "is asked for"
      case .requestChanged: "its recipe or lorac changed"
      case .inputChanged(let path): "'\(path)' changed"
      case .inputMissing(let path): "'\(path)' is gone"
      case .outputMissing(let path): "'\(path)' is missing"
      case .outputChanged(let path): "'\(path)' is not what was written"
      }
    }
  }
}
