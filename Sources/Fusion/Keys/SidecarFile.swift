internal import FoundationEssentials

/// Finds and reads the files beside an adapter.
enum SidecarFile {
  /// The most bytes a sidecar may have; the largest known hold a gallery of prompts.
  static let byteLimit = 16 << 20
  /// Added to the adapter's stem; in this order.
  static let suffixes = [".civitai.info", ".json"]

  /// The sidecars of the adapter at `path`, and a sentence for each that could not be used.
  ///
  /// A file that is missing is not mentioned. None of them is ever a failure: a sidecar is help,
  /// not part of the adapter.
  static func read(beside path: String) -> (sidecars: [Sidecar], notes: [String]) {
    var sidecars: [Sidecar] = []
    var notes: [String] = []
    let folder = KeyText.folder(ofPath: path)
    for suffix in suffixes {
      let name = KeyText.stem(ofPath: path) + suffix
      guard let attributes = attributes(ofFileAt: folder + name) else { continue }
      guard attributes.isRegular, attributes.byteCount <= byteLimit else {
        notes.append("\(folder)\(name): ignored, not a file of at most \(byteLimit) bytes")
        continue
      }
      let data = try? Data(contentsOf: URL(filePath: folder + name))
      if let sidecar = data.flatMap({ Sidecar(fileName: name, json: $0) }) {
        sidecars.append(sidecar)
      } else {
        notes.append("\(folder)\(name): ignored, not readable as a JSON object")
      }
    }
    return (sidecars, notes)
  }

  /// The paths that sidecars of the adapter at `path` would have.
  static func paths(beside path: String) -> [String] {
    suffixes.map { KeyText.folder(ofPath: path) + KeyText.stem(ofPath: path) + $0 }
  }

  private static func attributes(
    ofFileAt path: String
  ) -> (isRegular: Bool, byteCount: Int)? {
    let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else {
      return nil
    }
    let size = attributes[.size] as? Int ?? .max
    return (attributes[.type] as? FileAttributeType == .typeRegular, size)
  }
}
