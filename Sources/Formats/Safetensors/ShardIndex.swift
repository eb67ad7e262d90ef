/// The index of a model whose tensors are divided among files.
///
/// `{"metadata": {"total_size": BYTES}, "weight_map": {TENSOR: FILE}}`, beside the files.
package struct ShardIndex: Sendable {
  package static let suffix = ".safetensors.index.json"

  package let path: String
  package let folder: String
  /// The files, each once, sorted by name; all are beside the index.
  package let shards: [String]
  /// The file that each tensor is in, in the order of the index.
  private let places: [(tensor: TensorName, shard: String)]
  private let totalSize: Int?

  package static func isIndex(_ path: String) -> Bool {
    path.hasSuffix(suffix) && !Folder.isFolder(path)
  }

  /// Reads the index at `path`, with all that is wrong told to `log`.
  ///
  /// - Throws: `FormatError` for what is no index.
  package init(path: String, log: inout FaultLog) throws(FormatError) {
    self.path = path
    folder = Folder.split(path).folder
    let document = try JSONValue(
      parsing: Folder.bytes(ofFile: path, limit: SafetensorsHeader.byteLimit), file: path,
      code: .invalidIndex)
    guard let members = document["weight_map"]?.members else {
      throw .unacceptable(
        path, "has no object 'weight_map' that lists tensors", code: .invalidIndex)
    }
    totalSize = document["metadata"]?["total_size"]?.integerValue
    var places: [(tensor: TensorName, shard: String)] = []
    var outside: Set<String> = []
    for member in members {
      guard let shard = member.value.stringValue else {
        try log.report(
          .unacceptable(
            path, place: "tensor '\(printable(member.key))'", "has no file name in 'weight_map'",
            code: .invalidIndex))
        continue
      }
      if Self.isBeside(shard) {
        places.append((TensorName(member.key), shard))
      } else if outside.insert(shard).inserted {
        try log.report(
          .unacceptable(
            path, place: "tensor '\(printable(member.key))'",
            "is said to be in '\(printable(shard))', which is not a file beside the index",
            code: .shardPath))
      }
    }
    self.places = places
    shards = Set(places.map(\.shard)).sorted { TensorName($0) < TensorName($1) }
  }

  /// Whether `name` is that of a file in the same folder.
  private static func isBeside(_ name: String) -> Bool {
    let bytes = name.utf8
    return !bytes.isEmpty && name != "." && name != ".."
      && !bytes.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
  }

  /// What does not agree between the index and those of its shards that could be opened.
  package func findings(in contents: [(shard: String, file: SafetensorsFile)]) -> [Finding] {
    var findings: [Finding] = []
    var holders: [TensorName: String] = [:]
    for (shard, file) in contents {
      for entry in file.header.tensors {
        guard let other = holders.updateValue(shard, forKey: entry.name) else { continue }
        findings.append(
          Finding(
            .inTwoShards, place: "tensor '\(entry.name)'",
            "is in '\(printable(other))' and in '\(printable(shard))'"))
      }
    }
    let open = Set(contents.map(\.shard))
    for (tensor, shard) in places where open.contains(shard) && holders[tensor] != shard {
      findings.append(
        Finding(.notInShard, place: "tensor '\(tensor)'", "is not in '\(printable(shard))'"))
    }
    let listed = Set(places.map(\.tensor))
    let unlisted = holders.keys.filter { !listed.contains($0) }.sorted()
    if let first = unlisted.first {
      findings.append(
        Finding(
          .unlistedTensor, place: "tensor '\(first)'",
          "is not in the index" + (unlisted.count > 1 ? ", nor are \(unlisted.count - 1) more" : "")
        ))
    }
    if let totalSize, open.count == shards.count {
      let size = contents.reduce(0) {
        $0 + $1.file.header.fileByteCount - $1.file.header.dataOffset
      }
      if size != totalSize {
        findings.append(
          Finding(
            .indexSize, place: "field 'total_size'",
            "is \(totalSize), and the tensors of all shards take \(size) bytes"))
      }
    }
    return findings
  }
}
