internal import Formats

/// Two towers of one model: their unit vectors side by side, scaled to length 1.
///
/// The cosine of two such vectors is the mean of the towers' cosines.
package struct PairEncoder: TextEncoder {
  package let identity: EncoderIdentity
  private let first, second: ModelEncoder

  init(_ first: ModelEncoder, _ second: ModelEncoder) {
    (self.first, self.second) = (first, second)
    let ids = [first.identity.id, second.identity.id]
    let digits = ContentHash.sha256(of: Array(ids.joined(separator: "\n").utf8)).prefix(16)
    let names = ids.map { $0.split(separator: "-").dropLast().joined(separator: "-") }
    identity = EncoderIdentity(
      spec: first.identity.spec, id: "\(names.joined(separator: "+"))-\(digits)",
      dimension: first.identity.dimension + second.identity.dimension, kind: first.identity.kind,
      defaultTemperature: first.identity.defaultTemperature, lowScore: nil)
  }

  package var files: [String] {
    first.files + second.files.filter { !first.files.contains($0) }
  }

  package var notes: [String] {
    first.notes + second.notes.filter { !first.notes.contains($0) }
  }

  /// Tokens and windows are those of the first tower.
  package func embed(
    _ texts: [String], longText: LongText, threads: Int
  ) throws -> [TextEmbedding] {
    let left = try first.embed(texts, longText: longText, threads: threads)
    let right = try second.embed(texts, longText: longText, threads: threads)
    return zip(left, right).map { left, right in
      TextEmbedding(
        vector: UnitVector.scaling(left.vector + right.vector), tokens: left.tokens,
        windows: left.windows)
    }
  }
}
