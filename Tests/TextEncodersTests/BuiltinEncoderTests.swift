import Formats
import Foundation
import Testing
import TextEncoders

@Suite("Builtin encoder")
struct BuiltinEncoderTests {
  struct Row: Decodable {
    let text: String
    let ids: [Int]
  }
  struct Table: Decodable { let rows: [Row] }

  @Test("gives the reference's vectors of all 60 sentences", arguments: [1, 2])
  func goldenVectors(threads: Int) throws {
    let rows = try Fixture.json("minilm-sentences.json", as: Table.self).rows
    let golden = try Fixture.tensors("minilm-int8-golden.safetensors")
    let expected = try #require(golden["embeddings"])
    let found = try BuiltinEncoder().embed(
      rows.map(\.text), longText: .truncate, threads: threads)
    #expect(found.count == 60)
    for (index, embedding) in found.enumerated() {
      let row = expected[index * 384..<(index + 1) * 384]
      let error = zip(embedding.vector, row).map { abs($0 - $1) }.max() ?? .infinity
      #expect(error < 2e-5, "\(rows[index].text)")
    }
  }
}
