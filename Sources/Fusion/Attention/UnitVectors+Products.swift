extension UnitVectors {
  /// The components of one vector, in groups of eight.
  func row(_ index: Int) -> ArraySlice<SIMD8<Float>> {
    storage[index * stride..<(index + 1) * stride]
  }

  /// The cosines of every vector with vector `index` of `other`, `[count]`, summed in `Double`.
  func cosines(with other: UnitVectors, at index: Int) -> [Double] {
    let direction = other.row(index).map { SIMD8<Double>($0) }
    return (0..<count).map { preciseProduct($0, with: direction) }
  }

  /// The largest cosine of every vector with any vector of `others`, `[count]`.
  ///
  /// Four of `others` at a time, so that each group of a row is loaded once for four products;
  /// `2 · count · others.count · dimension` floating-point operations.
  func maximumCosines(with others: UnitVectors) -> [Double] {
    (0..<count).map { index in
      let start = index * stride
      var best = -Float.infinity
      var next = 0
      while next + 4 <= others.count {
        best = max(best, products(at: start, withFourOf: others, from: next).max())
        next += 4
      }
      while next < others.count {
        best = max(best, product(at: start, with: others.storage, at: next * stride))
        next += 1
      }
      return Double(best)
    }
  }

  /// The dot product of two vectors, accumulated in `Double`.
  func preciseProduct(_ first: Int, _ second: Int) -> Double {
    var sum = SIMD8<Double>.zero
    for group in 0..<stride {
      sum +=
        SIMD8<Double>(storage[first * stride + group])
        * SIMD8<Double>(storage[second * stride + group])
    }
    return sum.sum()
  }

  /// The dot product of vector `index` with `direction`, `[stride]` groups of eight.
  func preciseProduct(_ index: Int, with direction: [SIMD8<Double>]) -> Double {
    let start = index * stride
    var sum = SIMD8<Double>.zero
    for group in 0..<stride {
      sum += SIMD8<Double>(storage[start + group]) * direction[group]
    }
    return sum.sum()
  }

  /// `Σ weights[i] · vector i` over `indices`, `[stride]` groups of eight.
  func combination(of indices: [Int], weights: [Double]) -> [SIMD8<Double>] {
    var sum = [SIMD8<Double>](repeating: .zero, count: stride)
    for (index, weight) in zip(indices, weights) where weight != 0 {
      for group in 0..<stride {
        sum[group] += SIMD8<Double>(storage[index * stride + group]) * weight
      }
    }
    return sum
  }

  /// Equal vectors have equal numbers: the index of the first vector that is the same.
  func firstEqual() -> [Int] {
    var first: [ArraySlice<SIMD8<Float>>: Int] = [:]
    return (0..<count).map { index in
      let known = first[row(index)] ?? index
      first[row(index)] = known
      return known
    }
  }

  private func product(at start: Int, with other: [SIMD8<Float>], at otherStart: Int) -> Float {
    var sum = SIMD8<Float>.zero
    for group in 0..<stride { sum += storage[start + group] * other[otherStart + group] }
    return sum.sum()
  }

  private func products(
    at start: Int, withFourOf others: UnitVectors, from first: Int
  ) -> SIMD4<Float> {
    var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
    let base = first * stride
    for group in 0..<stride {
      let own = storage[start + group]
      sums.0 += own * others.storage[base + group]
      sums.1 += own * others.storage[base + stride + group]
      sums.2 += own * others.storage[base + 2 * stride + group]
      sums.3 += own * others.storage[base + 3 * stride + group]
    }
    return SIMD4(sums.0.sum(), sums.1.sum(), sums.2.sum(), sums.3.sum())
  }
}
