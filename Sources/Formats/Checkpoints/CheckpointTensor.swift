/// A tensor of a base model, and which weights of the canonical model it holds.
package struct CheckpointTensor: Sendable {
  /// The index of its file in the ``Checkpoint``.
  package let file: Int
  package let entry: TensorEntry
  /// The weight, or the several that the checkpoint keeps one below the other.
  package let stack: ModuleStack
  /// Whether it is stored `[in, out]`, as the projection of OpenCLIP.
  package let isTransposed: Bool

  package init(file: Int, entry: TensorEntry, stack: ModuleStack, isTransposed: Bool) {
    (self.file, self.entry, self.stack) = (file, entry, stack)
    self.isTransposed = isTransposed
  }

  /// The rows and columns of the tensor as it is stored, a convolution's kernel in the columns; a
  /// vector has one column.
  package var rows: Int { entry.shape.first ?? 1 }
  package var columns: Int { entry.shape.dropFirst().reduce(1, *) }
}
