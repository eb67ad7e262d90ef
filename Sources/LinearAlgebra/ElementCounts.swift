/// How many elements of a tensor are of the kinds that matter for its soundness.
package struct ElementCounts: Sendable, Hashable {
  package var elements = 0
  package var notNumbers = 0
  package var infinities = 0
  package var zeros = 0

  package init() {}

  package static func += (counts: inout ElementCounts, other: ElementCounts) {
    counts.elements += other.elements
    counts.notNumbers += other.notNumbers
    counts.infinities += other.infinities
    counts.zeros += other.zeros
  }

  /// Whether every element is a finite number.
  package var isFinite: Bool { notNumbers == 0 && infinities == 0 }

  /// Counts the elements of `source`.
  ///
  /// - Precondition: `source` holds a whole number of elements.
  /// - Complexity: O(elements), at memory speed where all are finite.
  package init(of source: RawSpan, as format: FloatFormat) {
    precondition(source.byteCount.isMultiple(of: format.byteCount))
    switch format {
    case .f32: self.init(source, SingleCoding.self, hasInfinities: true)
    case .f16: self.init(source, HalfCoding.self, hasInfinities: true)
    case .bf16: self.init(source, BrainCoding.self, hasInfinities: true)
    case .f8e4m3: self.init(source, E4M3Coding.self, hasInfinities: false)
    case .f8e5m2: self.init(source, E5M2Coding.self, hasInfinities: true)
    }
  }

  private init<Coding: FloatCoding>(_ source: RawSpan, _: Coding.Type, hasInfinities: Bool) {
    let size = Coding.Storage.bitWidth / 8
    let magnitudeMask = Coding.Storage.max >> 1
    elements = source.byteCount / size
    // SAFETY: every offset is below the buffer's byte count, and loads may be unaligned.
    unsafe source.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      // So few that a count of the stored type holds them, and the loop needs no wider one.
      let block = 255
      for first in stride(from: 0, to: elements, by: block) {
        let last = min(first + block, elements)
        var (zero, special): (Coding.Storage, Coding.Storage) = (0, 0)
        for index in first..<last {
          let stored = unsafe start.loadUnaligned(
            fromByteOffset: index &* size, as: Coding.Storage.self)
          zero &+= stored & magnitudeMask == 0 ? 1 : 0
          special &+= stored & Coding.exponentMask == Coding.exponentMask ? 1 : 0
        }
        zeros += Int(zero)
        guard special > 0 else { continue }
        for index in first..<last {
          let magnitude =
            unsafe start.loadUnaligned(fromByteOffset: index &* size, as: Coding.Storage.self)
            & magnitudeMask
          guard magnitude & Coding.exponentMask == Coding.exponentMask else { continue }
          if hasInfinities, magnitude == Coding.exponentMask {
            infinities += 1
          } else {
            notNumbers += 1
          }
        }
      }
    }
  }
}
