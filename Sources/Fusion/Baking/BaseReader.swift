internal import Formats
internal import LinearAlgebra

/// Reads the weights that deltas ask for from the base model.
struct BaseReader: Sendable {
  let checkpoint: Checkpoint

  /// The weight that `module` changes, as its tensors describe it: rows in the module's own order, a
  /// convolution's kernel in the columns, one column for a vector.
  ///
  /// The file of `tensor`, which is being computed, is looked into first.
  ///
  /// - Throws: `FormatError` where the base lacks a part of the weight, or it is not of numbers.
  func matrix(for module: AdapterModule, near tensor: CheckpointTensor) throws -> Matrix {
    var result: Matrix?
    var last: TensorName?
    for piece in module.stack.pieces {
      let found = checkpoint.tensors(holding: piece.target)
      guard let source = found.first(where: { $0.file == tensor.file }) ?? found.first else {
        throw FormatError(
          .unacceptable, file: checkpoint.path, place: "module '\(piece.target)'",
          "is missing, and the adapter's '\(module.target)' depends on its weight")
      }
      guard source.entry.name != last else { continue }
      last = source.entry.name
      let stored = try matrix(of: source)
      let isTransposed = (module.layout == .asDescribed) == source.isTransposed
      let own = isTransposed ? stored.transposed() : stored
      if source.stack.pieces == module.stack.pieces,
        source.stack.swapsHalves == module.stack.swapsHalves
      {
        return own
      }
      guard let rows = source.stack.rowCount(own.rows, in: module.stack),
        let moves = source.stack.moves(rowCount: own.rows, to: module.stack, rowCount: rows),
        result == nil || (result?.rows == rows && result?.columns == own.columns)
      else {
        throw FormatError(
          .unacceptable, file: checkpoint.files[source.file].tensors.path,
          place: "tensor '\(source.entry.name)'",
          "its shape \(source.entry.shape) does not fit the adapter's '\(module.target)'")
      }
      var whole = result ?? Matrix(zeros: rows, own.columns)
      whole.add(own, times: 1, moves)
      result = whole
    }
    return result ?? Matrix(zeros: 0, 0)
  }

  /// The tensor as it is stored.
  private func matrix(of tensor: CheckpointTensor) throws -> Matrix {
    let storage = try StoredWeight(of: tensor, in: checkpoint)
    let file = checkpoint.files[tensor.file].tensors
    defer { file.releaseData(tensor.entry.byteRange) }
    let values = try file.withBytes(of: tensor.entry) {
      storage.widened($0, firstRow: 0, columns: tensor.columns)
    }
    return Matrix(rows: tensor.rows, columns: tensor.columns, elements: values)
  }
}
