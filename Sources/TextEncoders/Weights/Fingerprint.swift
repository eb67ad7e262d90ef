internal import Formats
internal import Workers

/// What makes the vectors of one encoder differ from those of another, as a short hash.
///
/// It covers name, type, shape and every byte of the tensors in use, in the order of their names, and
/// what else decides a vector: tokenizer, pooling, lengths. A sample of the rows would be cheaper,
/// but miss a single word that somebody taught a model. The container is not covered: a tower has
/// one fingerprint in a checkpoint, in a file of its own, in shards and compressed.
struct Fingerprint {
  private var lines: [String] = []

  /// Compressed files are read in parts of this size.
  private static let partBytes = 4 << 20

  mutating func add(_ line: String) { lines.append(line) }

  /// Adds tensors, read by several threads.
  mutating func add(_ tensors: FileTensors, threads: Int) throws(TextEncoderError) {
    let used = tensors.usedTensors
    lines += try TextEncoderError.converting {
      try parallelMap(count: used.count, threads: threads) { index in
        try Self.line(used[index].name, used[index].tensor)
      }
    }
  }

  private static func line(_ name: String, _ tensor: FileTensor) throws -> String {
    var checksum = WordChecksum()
    let (entry, byteCount) = (tensor.entry, tensor.entry.byteRange.count)
    for start in stride(from: 0, to: byteCount, by: partBytes) {
      let part = start..<min(start + partBytes, byteCount)
      try tensor.file.withBytes(of: entry, in: part) { checksum.add($0) }
    }
    let scales = tensor.scales.map { String($0.bitPattern, radix: 16) }.joined(separator: ",")
    return "\(name) \(entry.dtype.rawValue) \(entry.shape) \(scales) \(checksum.digits)"
  }

  /// The first 16 digits of the SHA-256 of all that was added.
  var digits: String {
    String(ContentHash.sha256(of: Array(lines.joined(separator: "\n").utf8)).prefix(16))
  }
}
