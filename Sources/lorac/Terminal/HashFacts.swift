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

  /// As lines under a heading: hashes in full, beside their names where they fit, and what the metadata
  /// say where that is something else.
  func lines(style: Style, width: Int) -> [String] {
    let rows = values.map { name, value in
      (name, value, metadata[name].flatMap { $0 == value ? nil : note($0) })
    }
    let column = 6 + (rows.map(\.0.count).max() ?? 0)
    func fits(_ text: String) -> Bool { column + text.terminalWidth <= width }
    let isBeside = rows.allSatisfy { fits([$1, $2].compactMap(\.self).joined(separator: " ")) }
    return rows.flatMap { name, value, note -> [String] in
      let label = "    " + style.dim(name)
      let padding = String(repeating: " ", count: column - 4 - name.count)
      if isBeside {
        return [label + padding + [value, note].compactMap(\.self).joined(separator: " ")]
      }
      let notes = (note ?? "").wrapped(to: width - 6).filter { !$0.isEmpty }.map { "      " + $0 }
      return (fits(value) ? [label + padding + value] : [label, "      " + value]) + notes
    }
  }

  private func note(_ recorded: String) -> String { "(the metadata say \(recorded.pageName))" }

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
