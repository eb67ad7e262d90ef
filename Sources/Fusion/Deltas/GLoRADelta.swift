internal import Formats
internal import LinearAlgebra

/// `scale · (W · A + B)`, both low-rank; of a convolution, `A` mixes the inputs at each place of the
/// kernel.
///
/// Source: Chavan et al., *GLoRA* (arXiv:2306.07967), equation 5.
struct GLoRADelta: BaseDelta {
  /// `[in, in]`, as factors.
  let inputs: FactorPair
  /// `[out, in]`, with the kernel's extents.
  let own: Matrix
  let scale: Double

  func delta(base: Matrix) throws -> Matrix {
    let extent = inputs.up.rows
    guard own.rows == base.rows, own.columns == base.columns, base.columns.isMultiple(of: extent)
    else { throw misfit("the factors of its GLoRA", base: base) }
    let area = base.columns / extent
    var result = own
    for place in 0..<area {
      let slice = Self.slice(of: base, at: place, area: area)
      let product = Matrix.product(Matrix.product(slice, inputs.up), inputs.down)
      for row in 0..<base.rows {
        for column in 0..<extent {
          result.elements[row * base.columns + column * area + place] +=
            product.elements[row * extent + column]
        }
      }
    }
    return result.scaled(by: Float(scale))
  }

  /// The weights at one place of the kernel, `[out, in]`.
  private static func slice(of base: Matrix, at place: Int, area: Int) -> Matrix {
    guard area > 1 else { return base }
    let elements = stride(from: place, to: base.elements.count, by: area)
      .map { base.elements[$0] }
    return Matrix(rows: base.rows, columns: base.columns / area, elements: elements)
  }
}

extension DeltaReader.Source {
  func glora(_ glora: GLoRA, scale: Double) throws -> GLoRADelta {
    let inputs = FactorPair(
      up: try matrix(glora.weightFactors.first), down: try matrix(glora.weightFactors.second))
    var down = try matrix(glora.ownFactors.down)
    if let core = glora.core {
      down = try matrix(core).tuckerFactor(down, area: core.shape.dropFirst(2).reduce(1, *))
    }
    let own = FactorPair(up: try matrix(glora.ownFactors.up), down: down).product
    return GLoRADelta(inputs: inputs, own: own, scale: scale)
  }
}
