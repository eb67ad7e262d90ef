import Formats
import Foundation
import Testing

/// The names of single files, against the maps that come with the corpus's bases.
@Suite struct CheckpointNamesTests {
  private static let bases = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/zoo/bases").path

  /// What the corpus calls `component/tensor`.
  private static func name(_ target: ModuleTarget) -> String {
    "\(target.component.rawValue)/\(target.path).\(target.parameter.rawValue)"
  }

  @Test(arguments: ["sd15", "sdxl", "flux"]) func tensorsHoldWhatTheMapSays(_ name: String) throws {
    let single = try FileManager.default.contentsOfDirectory(atPath: Self.bases)
      .first { $0.hasPrefix("\(name)_") && $0.hasSuffix(".safetensors") }
    let path = "\(Self.bases)/\(try #require(single))"
    let checkpoint = try Checkpoint(path: path)
    let keys = path.replacingOccurrences(of: ".safetensors", with: ".keymap.json")
    let map = try JSONValue(
      parsing: Array(try Data(contentsOf: URL(fileURLWithPath: keys))), file: keys)
    var places: [String: (tensor: CheckpointTensor, rows: Range<Int>)] = [:]
    for tensor in checkpoint.tensors {
      let rows = try #require(
        tensor.stack.rows(of: tensor.isTransposed ? tensor.columns : tensor.rows))
      for (piece, rows) in zip(tensor.stack.pieces, rows) {
        places[Self.name(piece.target)] = (tensor, rows)
      }
    }
    for member in map.members ?? [] {
      let place = try #require(places[member.key], "\(member.key)")
      let op = member.value["op"]?.stringValue
      #expect(place.tensor.entry.name.string == member.value["key"]?.stringValue)
      #expect(place.tensor.isTransposed == (op == "transpose"), "\(member.key)")
      #expect(place.tensor.stack.swapsHalves == (op == "swap_halves"), "\(member.key)")
      if op == "rows" {
        #expect(Double(place.rows.lowerBound) == member.value["start"]?.doubleValue)
        #expect(Double(place.rows.upperBound) == member.value["stop"]?.doubleValue)
      }
    }
    #expect((map.members?.count ?? 0) > 50)
  }
}
