internal import Formats
internal import LinearAlgebra

extension DeltaReader.Source {
  /// The rotations that the tensors of `oft` stand for.
  ///
  /// - Throws: `FormatError` when one cannot be computed.
  func rotation(_ oft: OFT) throws -> RotationDelta {
    let stored = DoubleMatrix(try matrix(oft.blocks))
    let size = oft.blockSize
    var generators: [DoubleMatrix]
    let action: RotationDelta.Action
    switch oft.kind {
    case .columns(let terms):
      generators = (0..<stored.rows).map { Self.skew(stored, row: $0, size: size) }
      let rotations = try generators.map { generator in
        try terms.map { Self.series(generator, terms: $0) }
          // PEFT rotates the other way round in this mode.
          ?? cayley(generator.scaled(by: -1), oft)
      }
      return RotationDelta(
        action: .columns, blockSize: size, rotations: rotations, rescale: nil)
    case .diagonal: action = .rows
    case .butterfly: action = .butterfly(stages: oft.blocks.shape[0])
    }
    generators = stride(from: 0, to: stored.elements.count, by: size * size).map { start in
      let block = DoubleMatrix(
        rows: size, columns: size, elements: Array(stored.elements[start..<start + size * size]))
      return block.subtracting(block.transposed())
    }
    let limited = Self.limited(generators, oft)
    return RotationDelta(
      action: action, blockSize: size, rotations: try limited.map { try cayley($0, oft) },
      rescale: try oft.rescale.map { try vector($0) })
  }

  /// The skew matrix whose elements above the diagonal, row by row, are a row of `stored`.
  private static func skew(_ stored: DoubleMatrix, row: Int, size: Int) -> DoubleMatrix {
    var result = DoubleMatrix(zeros: size, size)
    var index = row * stored.columns
    for i in 0..<size {
      for j in (i + 1)..<max(i + 1, size) {
        result[i, j] = stored.elements[index]
        result[j, i] = -stored.elements[index]
        index += 1
      }
    }
    return result
  }

  /// The generators with the norm of all together limited, by the rule of the file's trainer.
  private static func limited(_ generators: [DoubleMatrix], _ oft: OFT) -> [DoubleMatrix] {
    guard let constraint = oft.constraint else { return generators }
    let norm = generators.reduce(0) { sum, generator in
      generator.elements.reduce(sum) { $0 + $1 * $1 }
    }.squareRoot()
    let small = 1e-8
    let factor =
      if oft.isKohya {
        (min(norm, constraint) + small) / (norm + small)
      } else {
        norm + small > constraint ? constraint / (norm + small) : 1
      }
    return factor == 1 ? generators : generators.map { $0.scaled(by: factor) }
  }

  /// Cayley's rotation `(I + Q) · (I - Q)⁻¹` of a skew matrix.
  ///
  /// `I - Q` has an inverse: the eigenvalues of a skew matrix are imaginary.
  private func cayley(_ generator: DoubleMatrix, _ oft: OFT) throws -> DoubleMatrix {
    let identity = DoubleMatrix(identity: generator.rows)
    do {
      return try identity.adding(generator).divided(by: identity.subtracting(generator))
    } catch {
      throw FusionError(.data, "tensor '\(oft.blocks.name)': a rotation cannot be computed")
    }
  }

  /// The truncated series `I + 2Q + 2Q² + … + Qⁿ⁻¹` that PEFT trains with instead.
  ///
  /// With three terms it has a fourth, as PEFT does.
  ///
  /// Source: PEFT 0.21, `tuners/oft/layer.py` (`_cayley_batch`).
  private static func series(_ generator: DoubleMatrix, terms: Int) -> DoubleMatrix {
    var result = DoubleMatrix(identity: generator.rows)
    guard terms > 1 else { return result }
    result = result.adding(generator.scaled(by: 2))
    guard terms > 2 else { return result }
    var power = DoubleMatrix.product(generator, generator)
    result = result.adding(power.scaled(by: 2))
    for _ in 3..<max(3, terms - 1) {
      power = DoubleMatrix.product(power, generator)
      result = result.adding(power.scaled(by: 2))
    }
    power = DoubleMatrix.product(power, generator)
    return result.adding(power)
  }
}
