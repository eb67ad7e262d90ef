extension [Float] {
  /// Calls `body` with the elements in `range`, to be changed in place.
  ///
  /// - Precondition: `range` lies in the array.
  @inline(__always)
  mutating func withRow(_ range: Range<Int>, _ body: (inout MutableSpan<Float>) -> Void) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // SAFETY: the range was checked, and the span does not outlive the call.
    unsafe withUnsafeMutableBufferPointer { elements in
      var row = unsafe elements.extracting(range).mutableSpan
      body(&row)
    }
  }
}

extension MutableSpan<Float> {
  /// The sum of `term` over all elements, in eight interleaved partial sums.
  @inline(__always)
  func sum(_ term: (Float) -> Float) -> Float {
    var sums = SIMD8<Float>()
    let whole = count & ~7
    var index = 0
    while index < whole {
      for lane in 0..<8 { sums[lane] += term(self[index &+ lane]) }
      index &+= 8
    }
    var total = sums.sum()
    while index < count {
      total += term(self[index])
      index &+= 1
    }
    return total
  }
}
