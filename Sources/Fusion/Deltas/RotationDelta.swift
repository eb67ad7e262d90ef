internal import Formats
internal import LinearAlgebra

/// Blocks of rows, or of columns, rotated, less the weight.
///
/// Sources: Qiu et al., *OFT* (arXiv:2306.07280); Liu et al., *BOFT* (arXiv:2311.06243), section 4.
struct RotationDelta: BaseDelta {
  /// What the rotations act on.
  enum Action: Sendable {
    /// Block k of the rows becomes `R[k]ᵀ · W[k]`.
    case rows
    /// Stages of `R[k] · W[k]` on rows in the order of a butterfly.
    case butterfly(stages: Int)
    /// Block k of the columns becomes `W[k] · R[k]ᵀ`.
    case columns
  }

  let action: Action
  let blockSize: Int
  /// The rotations, stage by stage, `[size, size]` each.
  let rotations: [DoubleMatrix]
  /// A factor for each row afterwards.
  let rescale: [Float]?

  func delta(base: Matrix) throws -> Matrix {
    let extent = if case .columns = action { base.columns } else { base.rows }
    let stages = if case .butterfly(let stages) = action { stages } else { 1 }
    let blocks = rotations.count / max(1, stages)
    guard blocks * blockSize == extent else {
      throw misfit("\(blocks) rotations of \(blockSize)", base: base)
    }
    var weight = DoubleMatrix(base)
    switch action {
    case .columns:
      weight = weight.transposed()
      weight = rotated(weight, rows: Array(0..<extent), rotations[...], transposes: false)
      weight = weight.transposed()
    case .rows:
      weight = rotated(weight, rows: Array(0..<extent), rotations[...], transposes: true)
    case .butterfly:
      for stage in 0..<stages {
        weight = rotated(
          weight, rows: Self.butterfly(extent, half: (blockSize / 2) << stage),
          rotations[stage * blocks..<(stage + 1) * blocks], transposes: false)
      }
    }
    return difference(weight, base)
  }

  /// The order in which the rows of a stage are taken: of each `2 · half` rows, one of the first half
  /// and one of the second in turn.
  static func butterfly(_ count: Int, half: Int) -> [Int] {
    (0..<count).map { index in
      let (group, place) = index.quotientAndRemainder(dividingBy: 2 * half)
      return group * 2 * half + place % 2 * half + place / 2
    }
  }

  /// Each block of `rows` of `weight` multiplied from the left by its rotation.
  private func rotated(
    _ weight: DoubleMatrix, rows: [Int], _ rotations: ArraySlice<DoubleMatrix>, transposes: Bool
  ) -> DoubleMatrix {
    var result = weight
    for (block, rotation) in rotations.enumerated() {
      let members = rows[block * blockSize..<(block + 1) * blockSize]
      let stacked = DoubleMatrix(
        rows: blockSize, columns: weight.columns,
        elements: members.flatMap {
          weight.elements[$0 * weight.columns..<($0 + 1) * weight.columns]
        })
      let product = DoubleMatrix.product(
        rotation, stacked, leftAs: transposes ? .transposed : .asStored)
      for (row, member) in members.enumerated() {
        let (from, to) = (row * weight.columns, member * weight.columns)
        for column in 0..<weight.columns {
          result.elements[to + column] = product.elements[from + column]
        }
      }
    }
    return result
  }

  private func difference(_ weight: DoubleMatrix, _ base: Matrix) -> Matrix {
    var result = base
    for row in 0..<base.rows {
      let factor = Double(rescale?[row] ?? 1)
      for index in row * base.columns..<(row + 1) * base.columns {
        result.elements[index] =
          Float(weight.elements[index] * factor - Double(base.elements[index]))
      }
    }
    return result
  }
}
