import Formats
import Testing
import TextEncoders

/// A tower of a fixture, with what the reference computed from the rows' ids.
struct TinyTower: Sendable, CustomTestStringConvertible {
  enum Layout { case clip, openCLIP, bert }

  let folder: String
  var prefix = ""
  var layout = Layout.clip
  let shape: TowerShape
  var variant = TransformerTower.BERTVariant()
  var pooling = Pooling.end(.largestID)
  /// What comes before a quantity in the name of an expected tensor, after the row.
  var expectation = ""

  var testDescription: String { folder + expectation }

  func tensors() throws -> FileTensors {
    let path = Fixture.path(folder + "/model.safetensors")
    return FileTensors(try WeightFiles(file: path), prefix: prefix)
  }

  func tower() throws -> TransformerTower {
    switch layout {
    case .clip: try TransformerTower(clip: shape, from: tensors())
    case .openCLIP: try TransformerTower(openCLIP: shape, from: tensors())
    case .bert: try TransformerTower(bert: shape, variant, from: tensors())
    }
  }

  func rows() throws -> ExpectedRows {
    // The folder of the SD 1 file holds the same weights as the first tower of the SDXL one.
    let source = folder == "sd1-tiny-singlefile" ? "sdxl-tiny-singlefile" : folder
    return try Fixture.json(source + "/expected.json", as: ExpectedRows.self)
  }

  func expected() throws -> [String: [Float]] {
    let source = folder == "sd1-tiny-singlefile" ? "sdxl-tiny-singlefile" : folder
    return try Fixture.tensors(source + "/expected.safetensors")
  }

  private static func clip(
    vocabulary: Int = 814, width: Int = 32, inner: Int = 64, heads: Int = 4,
    _ activation: Activation
  ) -> TowerShape {
    TowerShape(
      vocabulary: vocabulary, positions: 77, width: width, inner: inner, layers: 2, heads: heads,
      activation: activation, epsilon: 1e-5)
  }

  static let sd1 = TinyTower(
    folder: "clip-tiny-sd1", prefix: "text_model.", shape: clip(.quickGelu))
  static let projected = TinyTower(
    folder: "clip-tiny-proj", prefix: "text_model.", shape: clip(.gelu),
    pooling: .end(.first(813)))
  static let flat = TinyTower(
    folder: "clip-tiny-flat", shape: clip(vocabulary: 816, .gelu), pooling: .end(.first(813)))
  static let sdxlL = TinyTower(
    folder: "sdxl-tiny-singlefile", prefix: "conditioner.embedders.0.transformer.text_model.",
    shape: clip(width: 64, inner: 256, heads: 1, .quickGelu), expectation: ".l")
  static let sdxlG = TinyTower(
    folder: "sdxl-tiny-singlefile", prefix: "conditioner.embedders.1.model.", layout: .openCLIP,
    shape: clip(width: 128, inner: 512, heads: 2, .gelu), expectation: ".g")
  static let singleFile = TinyTower(
    folder: "sd1-tiny-singlefile", prefix: "cond_stage_model.transformer.text_model.",
    shape: sdxlL.shape, expectation: ".l")
  static let bert = TinyTower(
    folder: "bert-tiny-st", layout: .bert,
    shape: TowerShape(
      vocabulary: 130, positions: 64, width: 32, inner: 64, layers: 2, heads: 4,
      activation: .gelu, epsilon: 1e-12), pooling: .tokens([.mean]))

  static let all = [sd1, projected, flat, sdxlL, sdxlG, singleFile, bert]
}
