import Formats

/// The hashes of a file, and whether those in its metadata still hold.
struct HashFacts {
  private let hashes: FileHashes
  private let metadata: [String: String]

  init(_ hashes: FileHashes, _ metadata: [String: String]) {
    (self.hashes, self.metadata) = (hashes, metadata)
  }

  /// Names and values, in the order in which people look for them.
  var values: [(String, String)] {
    var values = [("sha256", hashes.plain)]
    if hashes.stored != hashes.plain { values.append(("sha256 of the .zst", hashes.stored)) }
    if let autoV1 = hashes.autoV1 { values.append(("AutoV1", autoV1)) }
    values += [("AutoV2", hashes.autoV2), ("AutoV3", hashes.autoV3)]
    if let legacy = hashes.trainingLegacy {
      values += [("sshs_model_hash", hashes.trainingModel), ("sshs_legacy_hash", legacy)]
    }
    return values
  }

  var rows: [[String]] {
    values.map { name, value in
      let isStale = metadata[name].map { $0 != value } ?? false
      return [name, value + (isStale ? " (the metadata say \(metadata[name] ?? ""))" : "")]
    }
  }

  var document: JSONValue {
    .object([
      "sha256": .string(hashes.plain),
      "storedSHA256": .string(hashes.stored),
      "autoV1": hashes.autoV1.map { .string($0) },
      "autoV2": .string(hashes.autoV2),
      "autoV3": .string(hashes.autoV3),
      "sshsModelHash": .string(hashes.trainingModel),
      "sshsLegacyHash": hashes.trainingLegacy.map { .string($0) },
    ])
  }
}
