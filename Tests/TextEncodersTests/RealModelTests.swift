import Foundation
import Testing
import TextEncoders

/// Runs when `LORAC_MINILM_FOLDER` names the folder of the real all-MiniLM-L6-v2.
@Suite(
  "The real MiniLM",
  .enabled(if: ProcessInfo.processInfo.environment["LORAC_MINILM_FOLDER"] != nil))
struct RealModelTests {
  @Test("gives the reference's vectors of all 60 sentences")
  func vectors() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["LORAC_MINILM_FOLDER"])
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: folder))
    let sentences = try Fixture.json("minilm-sentences.json", as: ExpectedRows.self).rows
    let all = try Fixture.tensors("minilm-embeddings.safetensors")
    let expected = try #require(all["embeddings"])
    let found = try encoder.embed(sentences.map(\.text), longText: .truncate, threads: 2)
    #expect(found.count == 60)
    for (index, embedding) in found.enumerated() {
      let row = Array(expected[index * 384..<(index + 1) * 384])
      #expect(largestDifference(embedding.vector, row) < 2e-6, "\(sentences[index].text)")
    }
  }
}
