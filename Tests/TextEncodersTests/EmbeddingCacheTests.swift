import Formats
import Foundation
import Synchronization
import Testing
import TextEncoders

@Suite("Vectors that are kept between runs")
struct EmbeddingCacheTests {
  /// An encoder whose vector of a text says the text's length; it notes what it was asked.
  private final class Counting: TextEncoder {
    let identity: EncoderIdentity
    private let asked = Mutex<[String]>([])

    init(id: String = "counting-1", dimension: Int = 3) {
      identity = EncoderIdentity(
        spec: "counting", id: id, dimension: dimension, kind: .sentenceEncoder,
        defaultTemperature: 1, lowScore: nil)
    }

    func embed(
      _ texts: [String], longText: LongText, threads: Int
    ) throws -> [TextEmbedding] {
      asked.withLock { $0 += texts }
      return texts.map { text in
        let length = Float(text.utf8.count)
        let norm = (1 + length * length).squareRoot()
        let rest = [Float](repeating: 0, count: identity.dimension - 2)
        return TextEmbedding(
          vector: [1 / norm, length / norm] + rest, tokens: text.count, windows: 2)
      }
    }

    /// What was asked since the last call.
    func takeAsked() -> [String] {
      asked.withLock { asked in
        defer { asked = [] }
        return asked.sorted()
      }
    }
  }

  private let folder: TemporaryModel
  private let encoder = Counting()
  private let texts = ["a fox", "", "a line\nbreak", "a fox", "e\u{301}", "\u{e9}"]

  init() throws { folder = try TemporaryModel() }

  private func cached(_ encoder: Counting) throws -> CachedEncoder {
    CachedEncoder(encoder, try EmbeddingCache(path: folder["cache/deep"]))
  }

  private func embed(_ encoder: Counting, _ longText: LongText = .chunk) throws -> [TextEmbedding] {
    try cached(encoder).embed(texts, longText: longText, threads: 2)
  }

  /// The paths of all entries.
  private func entries() throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder["cache"])
    return names.map { folder["cache/" + $0] }.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }.sorted()
  }

  @Test("each different text is computed once, and not again")
  func hits() throws {
    let plain = try encoder.embed(texts, longText: .chunk, threads: 1)
    _ = encoder.takeAsked()
    #expect(try embed(encoder) == plain)
    // The two forms of é are the same String, but other bytes.
    #expect(encoder.takeAsked().count == 5)
    #expect(try embed(encoder) == plain)
    #expect(encoder.takeAsked().isEmpty)
    #expect(try entries().count == 5)
  }

  @Test("another encoder, or another treatment of long texts, has vectors of its own")
  func identity() throws {
    _ = try embed(encoder)
    _ = encoder.takeAsked()
    _ = try embed(encoder, .truncate)
    #expect(encoder.takeAsked().count == 5)
    let other = Counting(id: "counting-2")
    _ = try embed(other)
    #expect(other.takeAsked().count == 5)
    let wider = Counting(dimension: 4)
    #expect(try embed(wider).allSatisfy { $0.vector.count == 4 })
  }

  @Test("an entry with any byte changed, cut or added is computed again, and mended")
  func damage() throws {
    let text = ["a fox"]
    let expected = try cached(encoder).embed(text, longText: .chunk, threads: 1)
    let path = try #require(entries().first)
    let sound = try Data(contentsOf: URL(fileURLWithPath: path))
    let changed = sound.indices.map { index in
      var bytes = sound
      bytes[index] ^= 0x20
      return bytes
    }
    for bytes in changed + [Data(), sound.dropLast(), sound + [0], Data("{}".utf8)] {
      try bytes.write(to: URL(fileURLWithPath: path))
      _ = encoder.takeAsked()
      #expect(try cached(encoder).embed(text, longText: .chunk, threads: 1) == expected)
      #expect(encoder.takeAsked() == text)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == sound)
    }
  }

  @Test("an entry under another's name is not believed")
  func foreign() throws {
    let expected = try embed(encoder)
    let paths = try entries()
    for path in paths.dropFirst() {
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.copyItem(atPath: paths[0], toPath: path)
    }
    _ = encoder.takeAsked()
    #expect(try embed(encoder) == expected)
    #expect(encoder.takeAsked().count == 4)
  }

  @Test("a folder in the place of an entry costs time, not the result")
  func unwritable() throws {
    let expected = try embed(encoder)
    for path in try entries() {
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    #expect(try embed(encoder) == expected)
  }

  @Test("a cache that cannot be made is an error that names it")
  func notAFolder() throws {
    try folder.write("file", "x")
    for path in ["file", "file/below"] {
      let error = #expect(throws: TextEncoderError.self) {
        try EmbeddingCache(path: folder[path])
      }
      #expect(error?.kind == .cannotCreate)
      #expect(error.map { "\($0)".contains(folder["file"]) } == true)
    }
  }
}
