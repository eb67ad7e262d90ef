internal import Formats

/// Metadata entries that are not what their names promise.
///
/// Nothing here is an error: merging never fails on metadata. Source: sd-scripts, `train_network.py`;
/// ModelSpec 1.0.1.
struct MetadataRules {
  private let metadata: [String: String]

  init(_ metadata: [String: String]) { self.metadata = metadata }

  private static let documents = [
    "ss_tag_frequency", "ss_dataset_dirs", "ss_reg_dataset_dirs", "ss_datasets", "ss_bucket_info",
    "ss_network_args", "lora_adapter_metadata",
  ]
  private static let numbers = ["ss_network_dim", "ss_network_alpha"]
  private static let hashes = [
    "sshs_model_hash": 64, "sshs_legacy_hash": 8, "modelspec.hash_sha256": 64,
  ]
  /// What Python writes for no value, and sd-scripts for several.
  private static let words = ["", "None", "null", "Dynamic"]

  var findings: [Finding] {
    var findings: [Finding] = []
    for key in metadata.keys.sorted(by: { TensorName($0) < TensorName($1) }) {
      guard let value = metadata[key] else { continue }
      if Control.isUnprintable(key) || Control.isHarmful(value) {
        findings.append(
          Finding(
            .controlInMetadata, place: "metadata '\(printable(key))'", "holds control characters"))
      }
      if let problem = Self.problem(value, of: key) {
        findings.append(Finding(.metadataFormat, place: "metadata '\(printable(key))'", problem))
      }
    }
    return findings
  }

  private static func problem(_ value: String, of key: String) -> String? {
    if documents.contains(key) {
      return words.contains(value) ? nil : problem(ofJSON: value)
    }
    if numbers.contains(key) {
      let isNumber = Double(value).map { $0.isFinite && $0 >= 0 } ?? false
      return words.contains(value) || isNumber ? nil : "is not a number"
    }
    return hashes[key].flatMap { hashProblem(value, digits: $0) }
  }

  private static func problem(ofJSON text: String) -> String? {
    do throws(FormatError) {
      var scanner = try JSONScanner(of: Array(text.utf8), file: "")
      try scanner.skipValue()
      try scanner.finish()
      return nil
    } catch {
      // What follows the depth that is read may be JSON or not.
      return error.problem == JSONScanner.tooDeep
        ? "is nested too deeply to be read" : "is not JSON"
    }
  }

  private static let hashOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  private static func hashProblem(_ value: String, digits: Int) -> String? {
    let value = value.hasPrefix("0x") ? String(value.dropFirst(2)) : value
    guard value.utf8.count == digits, value.allSatisfy(\.isHexDigit) else {
      return "is not a hash of \(digits) hexadecimal digits"
    }
    return value.lowercased() == hashOfNothing ? "is the SHA-256 of no bytes at all" : nil
  }
}
