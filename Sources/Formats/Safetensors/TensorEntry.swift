/// Where one tensor lies in a safetensors file, and how to read it.
package struct TensorEntry: Sendable, Hashable {
  package let name: TensorName
  package let dtype: DType
  package let shape: [Int]
  /// The tensor's bytes, counted from the end of the header.
  package let byteRange: Range<Int>

  package init(name: TensorName, dtype: DType, shape: [Int], byteRange: Range<Int>) {
    (self.name, self.dtype, self.shape, self.byteRange) = (name, dtype, shape, byteRange)
  }

  package var elementCount: Int { shape.reduce(1, *) }
}
