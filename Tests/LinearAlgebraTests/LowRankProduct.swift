import LinearAlgebra
import Testing

/// A named pair of factors to recompress.
struct LowRankProduct: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let up: Matrix
  let down: Matrix
  var isBadlyConditioned = false

  /// The product, by three loops.
  var dense: DoubleMatrix { naiveProduct(naive(up), naive(down)) }

  static let all: [LowRankProduct] = {
    var random = RandomNumbers(seed: 12)
    func plain(_ name: String, _ out: Int, _ rank: Int, _ input: Int) -> LowRankProduct {
      LowRankProduct(
        testDescription: name, up: random.matrix(out, rank), down: random.matrix(rank, input))
    }
    let (up, down) = (random.matrix(24, 5), random.matrix(5, 18))
    return [
      plain("one element", 1, 1, 1),
      plain("tall", 40, 6, 23),
      plain("wide", 17, 6, 51),
      plain("rank equal to out", 12, 12, 30),
      plain("rank above in", 30, 19, 11),
      plain("rank above both", 9, 40, 13),
      plain("rank one", 20, 1, 20),
      plain("up longer than a panel", 1700, 40, 45),
      plain("down longer than a panel", 45, 40, 1700),
      LowRankProduct(
        testDescription: "the same adapter three times",
        up: sideBySide(sideBySide(up, up), up), down: stacked(stacked(down, down), down)),
      LowRankProduct(
        testDescription: "with an adapter of zeros",
        up: sideBySide(up, Matrix(zeros: 24, 4)), down: stacked(down, random.matrix(4, 18))),
      graded("falling over 6 decades", 48, 24, 40, &random),
      graded("falling over 6 decades, rank above in", 48, 24, 20, &random),
      orthogonal("all singular values equal", 32, 16, &random),
    ]
  }()

  /// A product whose singular values fall from 1 to 10⁻⁶, its factors mixed so that neither shows it.
  private static func graded(
    _ name: String, _ out: Int, _ rank: Int, _ input: Int, _ random: inout RandomNumbers
  ) -> LowRankProduct {
    let (left, right) = (random.matrix(out, rank), random.matrix(rank, input))
    var (up, down) = (left, right)
    for index in 0..<rank {
      var scale: Float = 1
      for _ in 0..<index { scale *= Float(0.3).squareRoot() }
      for row in 0..<out { up[row, index] *= scale }
      for column in 0..<input { down[index, column] *= scale }
    }
    return LowRankProduct(testDescription: name, up: up, down: down, isBadlyConditioned: true)
  }

  /// Columns of a Hadamard matrix against its rows.
  private static func orthogonal(
    _ name: String, _ size: Int, _ rank: Int, _ random: inout RandomNumbers
  ) -> LowRankProduct {
    func sign(_ row: Int, _ column: Int) -> Float {
      (row & column).nonzeroBitCount.isMultiple(of: 2) ? 1 : -1
    }
    var (up, down) = (Matrix(zeros: size, rank), Matrix(zeros: rank, size))
    for row in 0..<size {
      for column in 0..<rank {
        up[row, column] = sign(row, column)
        down[column, row] = sign(row, column + 1)
      }
    }
    return LowRankProduct(testDescription: name, up: up, down: down)
  }
}

/// The columns of `left`, then those of `right`.
func sideBySide(_ left: Matrix, _ right: Matrix) -> Matrix {
  var elements: [Float] = []
  for row in 0..<left.rows {
    elements += left.elements[row * left.columns..<(row + 1) * left.columns]
    elements += right.elements[row * right.columns..<(row + 1) * right.columns]
  }
  return Matrix(rows: left.rows, columns: left.columns + right.columns, elements: elements)
}

/// The rows of `top`, then those of `bottom`.
func stacked(_ top: Matrix, _ bottom: Matrix) -> Matrix {
  Matrix(
    rows: top.rows + bottom.rows, columns: top.columns, elements: top.elements + bottom.elements)
}
