/// A sum of vectors that ends as a vector of length 1; computed in `Double`.
struct UnitVector {
  private var sum: [Double]

  init(dimension: Int) { sum = [Double](repeating: 0, count: dimension) }

  mutating func add(_ vector: ArraySlice<Float>, times weight: Double = 1) {
    for (index, value) in zip(sum.indices, vector) { sum[index] += weight * Double(value) }
  }

  /// The sum, scaled to length 1; zero if it is.
  var normalized: [Float] {
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return sum.map { Float(length > 0 ? $0 / length : 0) }
  }

  /// `vector`, scaled to length 1; zero if it is.
  static func scaling(_ vector: [Float]) -> [Float] {
    var unit = UnitVector(dimension: vector.count)
    unit.add(vector[...])
    return unit.normalized
  }
}
