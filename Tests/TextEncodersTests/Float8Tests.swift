import Formats
import Testing
import TextEncoders

@Suite("Weights of eight bits")
struct Float8Tests {
  /// A BERT of one block and width 4, whose linear weights are one value on the diagonal.
  private func model(_ dtype: DType, byte: UInt8, scale: [Float]?) throws -> TensorList {
    var list = TensorList()
    func add(_ name: String, _ outputs: Int, _ inputs: Int) {
      list.append(
        "\(name).weight", dtype, [outputs, inputs],
        (0..<outputs * inputs).map { $0 % (inputs + 1) == 0 ? byte : 0 })
      if let scale { list.append("\(name).scale_weight", scale.count == 1 ? [] : [outputs], scale) }
      list.append("\(name).bias", .f32, [outputs])
    }
    func addNorm(_ name: String) {
      list.append("\(name).weight", [4], [1, 1, 1, 1])
      list.append("\(name).bias", .f32, [4])
    }
    list.append("embeddings.word_embeddings.weight", [3, 4], [1, 2, 3, 5, 0, 1, 0, 2, 7, 1, 4, 3])
    list.append("embeddings.position_embeddings.weight", .f32, [8, 4])
    list.append("embeddings.token_type_embeddings.weight", .f32, [2, 4])
    addNorm("embeddings.LayerNorm")
    for part in ["self.query", "self.key", "self.value", "output.dense"] {
      add("encoder.layer.0.attention.\(part)", 4, 4)
    }
    addNorm("encoder.layer.0.attention.output.LayerNorm")
    add("encoder.layer.0.intermediate.dense", 4, 4)
    add("encoder.layer.0.output.dense", 4, 4)
    addNorm("encoder.layer.0.output.LayerNorm")
    return list
  }

  private func states(_ list: TensorList) throws -> [Float] {
    let folder = try TemporaryModel()
    try list.write(to: folder["m.safetensors"])
    let shape = TowerShape(
      vocabulary: 3, positions: 8, width: 4, inner: 4, layers: 1, heads: 2, activation: .gelu,
      epsilon: 1e-5)
    let tensors = FileTensors(try WeightFiles(file: folder["m.safetensors"]))
    return try TransformerTower(bert: shape, from: tensors)
      .hiddenStates(of: [[0, 2, 1]], threads: 1)[0]
  }

  /// The same model with the weight as a float.
  private func states(weight: Float) throws -> [Float] {
    let list = try model(.f8e4m3, byte: 1, scale: nil)
    return try states(
      list.mapping { tensor in
        guard tensor.dtype == .f8e4m3 else { return tensor }
        var copy = tensor
        copy.dtype = .f32
        copy.bytes = tensor.bytes.flatMap { TensorList.bytes($0 == 0 ? 0 : weight.bitPattern) }
        return copy
      })
  }

  @Test(
    "bytes stand for the values of the format, times the scale beside them",
    arguments: [
      // sign, exponent 7 of bias 7, significand 1.5
      (DType.f8e4m3, 0b0_0111_100, nil, 1.5), (.f8e4m3, 0b1_0110_001, 0.5, -0.28125),
      // the smallest, 2⁻⁹, and the largest, 448
      (.f8e4m3, 0b0_0000_001, 64, 0.125), (.f8e4m3, 0b0_1111_110, 0.001, 0.448),
      (.f8e5m2, 0b0_01111_10, nil, 1.5), (.f8e5m2, 0b1_01101_01, 2, -0.625),
      (.f8e5m2, 0b0_00000_01, 32768, 0.5),
    ] as [(DType, UInt8, Float?, Float)])
  func values(dtype: DType, byte: UInt8, scale: Float?, value: Float) throws {
    let found = try states(try model(dtype, byte: byte, scale: scale.map { [$0] }))
    #expect(largestDifference(found, try states(weight: value)) < 1e-6)
    #expect(largestDifference(found, try states(weight: 2 * value)) > 1e-3)
  }

  @Test("one scale for each row")
  func scalePerRow() throws {
    var list = try model(.f8e4m3, byte: 0b0_0111_000, scale: nil)
    let plain = try states(list)
    for tensor in list.tensors where tensor.dtype == .f8e4m3 {
      let name = tensor.name.dropLast("weight".count) + "weight_scale"
      list.append(String(name), [4, 1], [1, 2, 0.25, 1])
    }
    let scaled = try states(list)
    let expected = try states(
      list.mapping { tensor in
        guard tensor.dtype == .f8e4m3 else {
          return tensor.name.hasSuffix("weight_scale") ? nil : tensor
        }
        var copy = tensor
        copy.dtype = .f32
        let factors: [Float] = [1, 2, 0.25, 1]
        copy.bytes = tensor.bytes.enumerated().flatMap { index, byte in
          TensorList.bytes(byte == 0 ? 0 : factors[index / 4].bitPattern)
        }
        return copy
      })
    #expect(largestDifference(scaled, expected) < 1e-6)
    #expect(largestDifference(scaled, plain) > 1e-3)
  }

  @Test("a scale that is promised and missing is an error")
  func missingScale() throws {
    var list = try model(.f8e4m3, byte: 1, scale: nil)
    list.append("scaled_fp8", .f8e4m3, [0])
    let error = #expect(throws: TextEncoderError.self) { try states(list) }
    #expect(
      error?.description.hasSuffix(
        "tensor 'encoder.layer.0.attention.self.query.weight': has no scale beside it, "
          + "'encoder.layer.0.attention.self.query.scale_weight', though 'scaled_fp8' says that "
          + "weights have one") == true)
  }

  @Test("a scale of another length is an error")
  func wrongScale() throws {
    var list = try model(.f8e4m3, byte: 1, scale: nil)
    list.append("encoder.layer.0.attention.self.query.scale_weight", [3], [1, 1, 1])
    let error = #expect(throws: TextEncoderError.self) { try states(list) }
    #expect(error?.description.hasSuffix("is F32 [3], expected 1 or 4 factors") == true)
  }
}
