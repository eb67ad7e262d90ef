internal import Formats
internal import LinearAlgebra

/// `diagonal(b) · B · diagonal(d) · A`, with as much of the shared `A` as the weight is wide.
///
/// Source: Kopiczko et al., *VeRA* (arXiv:2310.11454), equation 2.
struct VeRADelta: BaseDelta {
  /// `[out, rank]`, with its gains.
  let up: Matrix
  /// `[rank, widest in]`, with its gains.
  let down: Matrix

  func delta(base: Matrix) throws -> Matrix {
    guard up.rows == base.rows, base.columns <= down.columns else {
      throw misfit("the shared matrices of its VeRA", base: base)
    }
    var narrow = Matrix(zeros: down.rows, base.columns)
    for row in 0..<down.rows {
      for column in 0..<base.columns { narrow[row, column] = down[row, column] }
    }
    return Matrix.product(up, narrow)
  }
}

extension DeltaReader.Source {
  func vera(_ vera: VeRA) throws -> VeRADelta {
    let (gains, rankGains) = (try vector(vera.outputGains), try vector(vera.rankGains))
    let (sharedUp, sharedDown) = (try matrix(vera.sharedUp), try matrix(vera.sharedDown))
    var up = Matrix(zeros: gains.count, sharedUp.columns)
    for row in 0..<up.rows {
      for column in 0..<up.columns { up[row, column] = gains[row] * sharedUp[row, column] }
    }
    var down = sharedDown
    for row in 0..<down.rows {
      for column in 0..<down.columns { down[row, column] *= rankGains[row] }
    }
    return VeRADelta(up: up, down: down)
  }
}
