import LinearAlgebra
import Testing

@Suite struct FrobeniusComparisonTests {
  @Test func isThatOfTheProductsAlsoBeyondFullRank() {
    // By hand: [1 0; 0 2] and [1 1; 1 1], in factors of more than full rank.
    let first = ScaledFactors(
      up: Matrix(rows: 2, columns: 3, elements: [1, 0, 5, 0, 1, 0]),
      down: Matrix(rows: 3, columns: 2, elements: [1, 0, 0, 2, 0, 0]), scale: 1)
    let second = ScaledFactors(
      up: Matrix(rows: 2, columns: 1, elements: [2, 2]),
      down: Matrix(rows: 1, columns: 2, elements: [1, 1]), scale: 0.5)
    let found = FrobeniusComparison(first, second)
    for (value, expected) in [
      (found.firstNorm, 5.0.squareRoot()), (found.secondNorm, 2), (found.inner, 3),
      (found.distance, 3.0.squareRoot()), (found.cosine ?? 0, 3 / (2 * 5.0.squareRoot())),
      (found.relativeDistance, (3.0 / 5).squareRoot()),
    ] {
      #expect(abs(value - expected) < 1e-14)
    }
  }

  @Test func zeroHasNoDirection() {
    let zero = DoubleMatrix(zeros: 2, 2)
    let one = DoubleMatrix(identity: 2)
    #expect(FrobeniusComparison(zero, zero).cosine == nil)
    #expect(FrobeniusComparison(zero, zero).relativeDistance == 0)
    #expect(FrobeniusComparison(zero, one).relativeDistance == 1)
  }

  @Test(arguments: FloatFormat.allCases) func countsOfEveryFormat(_ format: FloatFormat) {
    let values: [Float] =
      [0, -0.0, 1, .infinity, -.infinity, .nan, -2] + Array(repeating: 0, count: 600)
    var bytes = [UInt8](repeating: 0, count: values.count * format.byteCount)
    var output = bytes.mutableSpan
    var raw = unsafe output.mutableBytes
    _ = HalfPrecision.narrow(values.span, to: format, into: &raw)
    let counts = ElementCounts(of: unsafe bytes.span.bytes, as: format)
    #expect(counts.elements == 607 && counts.zeros == 602)
    // E4M3 has no infinities: they become NaN.
    let hasInfinities = format != .f8e4m3
    #expect(counts.infinities == (hasInfinities ? 2 : 0))
    #expect(counts.notNumbers == (hasInfinities ? 1 : 3))
    #expect(!counts.isFinite)
  }
}
