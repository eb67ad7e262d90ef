package import Formats

/// Elements of a converted tensor that were not zero, and are zero in its type.
package struct ConversionLoss: Sendable, Hashable {
  package let tensor: String
  package let dtype: DType
  package let count: Int
  /// The elements of the tensor.
  package let elementCount: Int

  /// All of `losses` in a sentence, which names the first; nil if there are none.
  package static func sentence(_ losses: [ConversionLoss]) -> String? {
    guard let first = losses.first else { return nil }
    let total = losses.reduce(0) { $0 + $1.count }
    let of =
      first.count == first.elementCount
      ? "all \(first.count)" : "\(first.count) of \(first.elementCount)"
    let tensors = losses.count == 1 ? "in" : "of \(losses.count) tensors, first in"
    return "\(total) element\(total == 1 ? " that is" : "s that are") not zero became zero in "
      + "\(first.dtype.rawValue), \(tensors) '\(printable(first.tensor))' (\(of)); a wider type keeps them"
  }
}
