/// Takes away what all vectors of an encoder have in common.
///
/// The vectors of a CLIP tower lie in a narrow cone, so that unrelated texts have high cosines.
/// Without their mean, unrelated texts have cosines near 0, as sparse attention expects.
package struct Centring {
  private let mean: [Double]

  /// - Parameter samples: rows of one length, scaled to length 1: the keys, and captions about
  ///   this and that, so that a few keys alone do not say what is common.
  package init(on samples: [[Float]]) {
    var sum = [Double](repeating: 0, count: samples.first?.count ?? 0)
    for row in samples {
      for (index, element) in zip(sum.indices, row) { sum[index] += Double(element) }
    }
    mean = sum.map { $0 / Double(max(1, samples.count)) }
  }

  /// `row` without the mean.
  package func centred(_ row: [Float]) -> [Float] {
    zip(row, mean).map { Float(Double($0) - $1) }
  }
}
