import TextEncoders

/// The F32 tensors of a fixture, as a source of weights.
struct DenseTensors: TensorSource {
  let tensors: [String: [Float]]

  init(_ name: String) throws { tensors = try Fixture.tensors(name) }

  func matrix(_ name: String, rows: Int, columns: Int) throws(TextEncoderError) -> StoredMatrix {
    StoredMatrix(
      rows: rows, columns: columns, elements: try vector(name, count: rows * columns))
  }

  func vector(_ name: String, count: Int) throws(TextEncoderError) -> [Float] {
    guard let tensor = tensors[name], tensor.count == count else {
      throw TextEncoderError(.unusableTensor(name: name, problem: "is missing"))
    }
    return tensor
  }

  func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
    Linear(
      weight: try matrix(name + ".weight", rows: outputs, columns: inputs),
      bias: try vector(name + ".bias", count: outputs))
  }

  func norm(_ name: String, width: Int) throws -> LayerNorm {
    LayerNorm(
      gain: try vector(name + ".weight", count: width),
      bias: try vector(name + ".bias", count: width), epsilon: 1e-5)
  }
}

/// The texts of a tiny model and their ids, with those that frame a sequence.
struct ExpectedRows: Decodable {
  struct Row: Decodable {
    let text: String
    let ids: [Int]
  }
  let rows: [Row]
}

/// The largest absolute difference of two lists of equal length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
