extension Recompression {
  /// Recompresses `up * down` by the Gram matrices of its factors, `[R, R]` each.
  ///
  /// With F * Fᵀ = down * downᵀ there is a Q of orthonormal rows and down = F * Q. So up * F has
  /// the singular values and left vectors of the product, and its own Gram matrix is
  /// Fᵀ * (upᵀ * up) * F = V * σ² * Vᵀ. The left vectors are U = up * F * V / σ, and the best
  /// approximation U * (Uᵀ * up * down), where only factors of R columns or rows appear:
  ///
  ///     up' = up * (F * V / √σ)        down' = (upᵀ * up * F * V / (σ * √σ))ᵀ * down
  ///
  /// F is found by Cholesky with pivoting and has the rank of `down`, as adapters may be equal,
  /// or zero. Nothing over- or underflows: the fourth power of a `Float` fits in a `Double`.
  ///
  /// - Precondition: `up.columns == down.rows`.
  init(
    lowRank up: Matrix, _ down: Matrix, keeping request: RankRequest
  ) throws(LinearAlgebraError) {
    var (upGram, downGram) = (up.columnGram(), down.rowGram())
    let balance = try FactorBalance(up: upGram, down: downGram)
    upGram.scaleBothSides(by: balance.up)
    downGram.scaleBothSides(by: balance.down)
    guard balance.up.contains(where: { $0 != 0 }) else {
      self.init(zeros: up.rows, down.columns)
      return
    }
    let factor = try PivotedCholesky(of: downGram).factor
    let gramFactor = DoubleMatrix.product(upGram, factor)
    let core = DoubleMatrix.product(factor, gramFactor, leftAs: .transposed)
    let spectrum = try LeadingSpectrum(
      of: core, magnitude: upGram.largestOnDiagonal * downGram.largestOnDiagonal,
      keeping: request)
    let roots = spectrum.singularValues.map { 1 / $0.squareRoot() }
    var right = spectrum.vectors
    right.scaleRows(by: roots)
    var upMix = DoubleMatrix.product(right, factor, rightAs: .transposed)
    upMix.scaleColumns(by: balance.up)
    right.scaleRows(by: spectrum.singularValues.map { 1 / $0 })
    var downMix = DoubleMatrix.product(right, gramFactor, rightAs: .transposed)
    downMix.scaleColumns(by: balance.down)
    self.init(
      up: up.widenedProduct(byTransposeOf: upMix), down: down.widenedProduct(after: downMix),
      spectrum)
  }

  /// The result for the zero matrix.
  private init(zeros rows: Int, _ columns: Int) {
    up = Matrix(zeros: rows, 1)
    down = Matrix(zeros: 1, columns)
    singularValues = []
    energyShare = 1
  }
}

/// Powers of two that give each column of `up` about the norm of its row of `down`.
///
/// They cancel in the product, but without them a column small in one factor and large in the
/// other would be lost in the rounding of one Gram matrix. A pair of which one side is zero adds
/// nothing to the product and gets factors of zero.
struct FactorBalance {
  private(set) var up: [Double] = []
  private(set) var down: [Double] = []

  /// - Throws: ``LinearAlgebraError/nonFinite`` if a factor holds an infinity or NaN.
  init(up upGram: DoubleMatrix, down downGram: DoubleMatrix) throws(LinearAlgebraError) {
    for index in 0..<upGram.rows {
      let (upSquare, downSquare) = (upGram[index, index], downGram[index, index])
      guard upSquare.isFinite, downSquare.isFinite else { throw .nonFinite }
      let isUsed = upSquare > 0 && downSquare > 0
      let exponent = isUsed ? Int(downSquare.exponent - upSquare.exponent) / 4 : 0
      up.append(isUsed ? Double(sign: .plus, exponent: exponent, significand: 1) : 0)
      down.append(isUsed ? Double(sign: .plus, exponent: -exponent, significand: 1) : 0)
    }
  }
}

extension DoubleMatrix {
  /// Multiplies element `[i, j]` of a square matrix by `factors[i] * factors[j]`.
  mutating func scaleBothSides(by factors: [Double]) {
    scaleRows(by: factors)
    scaleColumns(by: factors)
  }

  /// The largest element of a square matrix's diagonal, or 0.
  var largestOnDiagonal: Double {
    (0..<rows).reduce(0) { max($0, self[$1, $1]) }
  }
}
