import Foundation
import Fusion
import Testing
import TextEncoders

@Suite("Sparse attention with a CLIP text encoder")
struct CentringTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private let tower = Self.repository
    .appendingPathComponent("Tests/TextEncodersTests/Fixtures/clip-tiny-proj").path
  private let keys = ["a red heart", "neon glow style", "watercolor painting"]
  private let prompt = "a heart in neon glow style"

  private func weighed(_ kind: AttentionKind?, cache: String? = nil) throws -> WeighedLibrary {
    let adapters = ["heart", "neon", "watercolor"].map {
      Self.repository.appendingPathComponent("examples/shapes/adapters/\($0).safetensors").path
    }
    var request = WeighingRequest()
    request.prompts = [.init(text: prompt)]
    request.keys = zip(["heart", "neon", "watercolor"], keys).map { "\($0)=\($1)" }
    request.encoder = EncoderRequest(spec: tower)
    request.attention.kind = kind
    request.cache = cache
    return try WeighedLibrary(
      AdapterLibrary(paths: adapters, threads: 2), request, threads: 2)
  }

  private func cosine(_ first: [Double], _ second: [Double]) -> Double {
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return product(first, second)
      / (product(first, first) * product(second, second)).squareRoot()
  }

  /// The vectors of `texts`, each from a call of its own.
  private func vectors(_ texts: [String]) throws -> [[Double]] {
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: tower))
    return try texts.map { text in
      try encoder.embed([text], longText: .chunk, threads: 1)[0].vector.map(Double.init)
    }
  }

  @Test("cosines are of vectors without the mean of keys and captions")
  func cosines() throws {
    let result = try weighed(.sparse)
    let samples = try vectors(keys + NeutralCaptions.texts)
    let mean = samples[0].indices.map { column in
      samples.reduce(0) { $0 + $1[column] } / Double(samples.count)
    }
    func centred(_ row: [Double]) -> [Double] { zip(row, mean).map { $0 - $1 } }
    let query = centred(try vectors([prompt])[0])
    for (index, found) in result.weights.prompts[0].cosines.enumerated() {
      #expect((found - cosine(query, centred(samples[index]))).magnitude < 1e-5)
    }
    #expect(result.weights.attention == .sparse)
    #expect(result.weights.mix == .gate)
    #expect(result.notes.contains { $0.contains("experimental") })
  }

  @Test("softmax is the default, at the tower's temperature, of the vectors as they are")
  func softmax() throws {
    let result = try weighed(nil)
    #expect(result.weights.attention == .softmax)
    #expect(result.weights.mix == .sum)
    let rows = try vectors([prompt] + keys)
    let cosines = rows.dropFirst().map { cosine(rows[0], $0) }
    for (found, expected) in zip(result.weights.prompts[0].cosines, cosines) {
      #expect((found - expected).magnitude < 1e-5)
    }
    #expect(result.weights.temperature == 0.01)
    #expect(!result.notes.contains { $0.contains("experimental") })
    #expect(result.encoderFiles.contains { $0.hasSuffix("clip-tiny-proj/model.safetensors") })
  }

  @Test(
    "captions are kept too, and what is kept gives the same weights",
    arguments: [
      AttentionKind.sparse, .softmax,
    ])
  func cache(kind: AttentionKind) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/lorac-cache-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cold = try weighed(kind, cache: folder)
    let warm = try weighed(kind, cache: folder)
    #expect(cold.weights.weights == warm.weights.weights)
    #expect(cold.weights.prompts[0].cosines == warm.weights.prompts[0].cosines)
    let entries = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.split(separator: "/").last?.count == 62 }
    #expect(entries.count == keys.count + (kind == .sparse ? NeutralCaptions.texts.count : 0))
  }
}
