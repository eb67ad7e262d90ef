import Formats
import Testing
import TextEncoders

@Suite("Encoders from files and folders, against the reference's vectors")
struct ModelEncoderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let path: String
    var tokenizer: String?
    var tower: TowerChoice?
    var expectation = ""
    var rows: String?
    let id: String
    let dimension: Int

    var folder: String { rows ?? path.split(separator: "/").first.map { String($0) } ?? path }
    var testDescription: String { path + (tower.map { " \($0)" } ?? "") }
    var request: EncoderRequest {
      EncoderRequest(
        spec: Fixture.path(path), tokenizer: tokenizer.map { Fixture.path($0) }, tower: tower)
    }
  }

  static let sdxl = "sdxl-tiny-singlefile"

  @Test(
    "every row's vector, from its text",
    arguments: [
      Case(path: "clip-tiny-sd1", id: "clip-l", dimension: 32),
      Case(path: "clip-tiny-proj", id: "clip-l", dimension: 24),
      Case(path: "clip-tiny-flat", id: "clip-l", dimension: 32),
      Case(
        path: sdxl + "/model.safetensors", tokenizer: sdxl, tower: .l, expectation: ".l",
        id: "clip-l", dimension: 64),
      Case(
        path: sdxl + "/model.safetensors", tokenizer: sdxl, tower: .g, expectation: ".g",
        id: "clip-g", dimension: 128),
      Case(
        path: sdxl + "/model.safetensors", tokenizer: sdxl, expectation: ".g", id: "clip-g",
        dimension: 128),
      Case(
        path: "sd1-tiny-singlefile/model.safetensors", tokenizer: "sd1-tiny-singlefile",
        expectation: ".l", rows: sdxl, id: "clip-l", dimension: 64),
      Case(path: "bert-tiny-st", id: "bert-tiny-st", dimension: 32),
      Case(path: "roberta-tiny-st", id: "roberta-tiny-st", dimension: 24),
    ])
  func vectors(_ model: Case) throws {
    let rows = try Fixture.json(model.folder + "/expected.json", as: ExpectedRows.self).rows
    let expected = try Fixture.tensors(model.folder + "/expected.safetensors")
    let encoder = try EncoderResolver.encoder(model.request, environment: [:])
    let found = try encoder.embed(rows.map(\.text), longText: .truncate, threads: 2)
    for (index, row) in rows.enumerated() {
      let reference = try #require(expected["\(index)\(model.expectation).embedding"])
      #expect(largestDifference(found[index].vector, reference) < 2e-6, "\(row.text)")
    }
    let identity = encoder.identity
    #expect(identity.dimension == model.dimension)
    #expect(identity.id.hasPrefix(model.id + "-") && identity.id.count == model.id.count + 17)
    let isCLIP = model.id.hasPrefix("clip")
    #expect(identity.kind == (isCLIP ? .clipTower : .sentenceEncoder))
    #expect(identity.defaultTemperature == (isCLIP ? 0.01 : 0.05))
    #expect(identity.lowScore == nil && identity.spec == model.request.spec)
    #expect(encoder.notes.isEmpty)
  }

  @Test("the reference's ids and hidden states of a RoBERTa, with padding inside a text")
  func roberta() throws {
    let rows = try Fixture.json("roberta-tiny-st/expected.json", as: ExpectedRows.self).rows
    let expected = try Fixture.tensors("roberta-tiny-st/expected.safetensors")
    let request = EncoderRequest(spec: Fixture.path("roberta-tiny-st"))
    let model = try #require(try EncoderResolver.encoder(request) as? ModelEncoder).encoder
    #expect(model.tower.longestSequence == 32)
    let hidden = try model.tower.hiddenStates(of: rows.map(\.ids), threads: 1)
    for (index, row) in rows.enumerated() {
      let frame = model.tokenizer.frame
      let content = model.tokenizer.encode(row.text).prefix(30)
      #expect(frame.opening + content + frame.closing == row.ids, "\(row.text)")
      let reference = try #require(expected["\(index).last_hidden_state"])
      #expect(largestDifference(hidden[index], reference) < 2e-5, "\(row.text)")
    }
  }

  @Test(
    "projected vectors, before they are scaled", arguments: [("clip-tiny-proj", ""), (sdxl, ".g")])
  func projected(folder: String, expectation: String) throws {
    let isFile = folder == Self.sdxl
    let request = EncoderRequest(
      spec: Fixture.path(folder + (isFile ? "/model.safetensors" : "")),
      tokenizer: Fixture.path(folder))
    let rows = try Fixture.json(folder + "/expected.json", as: ExpectedRows.self).rows.map(\.ids)
    let expected = try Fixture.tensors(folder + "/expected.safetensors")
    let model = try #require(try EncoderResolver.encoder(request) as? ModelEncoder).encoder
    let hidden = try model.tower.hiddenStates(of: rows, threads: 1)
    for (index, vector) in try model.head.vectors(of: hidden, rows).enumerated() {
      let reference = try #require(expected["\(index)\(expectation).projected"])
      #expect(largestDifference(vector, reference) < 2e-5)
    }
  }

  @Test("both towers: the unit vectors side by side, scaled")
  func both() throws {
    let path = Fixture.path(Self.sdxl + "/model.safetensors")
    func embedded(_ tower: TowerChoice) throws -> (EncoderIdentity, [TextEmbedding]) {
      let encoder = try EncoderResolver.encoder(
        EncoderRequest(spec: path, tokenizer: Fixture.path(Self.sdxl), tower: tower))
      let texts = ["a photo of a cat", ""]
      return (encoder.identity, try encoder.embed(texts, longText: .chunk, threads: 1))
    }
    let (l, g, pair) = (try embedded(.l), try embedded(.g), try embedded(.both))
    #expect(pair.0.dimension == 192 && pair.0.id.hasPrefix("clip-l+clip-g-"))
    for index in 0..<2 {
      let joined = (l.1[index].vector + g.1[index].vector).map { $0 / Float(2).squareRoot() }
      #expect(largestDifference(pair.1[index].vector, joined) < 1e-6)
      #expect(pair.1[index].tokens == l.1[index].tokens)
    }
  }

  @Test("files that were read are told")
  func files() throws {
    let path = Fixture.path("bert-tiny-st")
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: path))
    let names = Set(encoder.files.map { String($0.dropFirst(path.count + 1)) })
    #expect(
      names.isSuperset(of: [
        "model.safetensors", "config.json", "modules.json", "1_Pooling/config.json",
        "sentence_bert_config.json", "vocab.txt", "tokenizer_config.json",
      ]))
    #expect(try BuiltinEncoder().files.isEmpty)
  }

  @Test("a text is computed to its first end only")
  func firstEnd() throws {
    let encoder = try EncoderResolver.encoder(EncoderRequest(spec: Fixture.path("clip-tiny-sd1")))
    let texts = ["a cat", "a cat<|endoftext|> and a dog"]
    let found = try encoder.embed(texts, longText: .truncate, threads: 1)
    #expect(largestDifference(found[0].vector, found[1].vector) < 1e-6)
    #expect(found[1].tokens > found[0].tokens)
  }
}
