/// Recognises modules that sd-scripts trained in parts and stored as one (`split_qkv`).
///
/// The parts' factors are stored side by side, `up` with a block for each part and zeros beside the
/// blocks, under the alpha of one part. Readers divide it by the rank of all parts, so that the
/// module acts with a third or a quarter of its strength in training. Source: sd-scripts,
/// `networks/lora_flux.py`, and its issue 2204.
struct SplitTraining {
  private let file: SafetensorsFile
  /// The rank of a part, which the metadata tells.
  private let rank: Int?

  init(_ file: SafetensorsFile) {
    self.file = file
    rank = file.header.metadata["ss_network_dim"].flatMap { Int($0) }
  }

  /// The number of parts that `module` was trained in; nil if it was trained as a whole.
  ///
  /// - Throws: `FormatError` for a file that cannot be read.
  func partCount(of module: AdapterModule) throws(FormatError) -> Int? {
    let count = module.stack.pieces.count
    guard count > 1, let rank, rank > 0, let (_, up) = module.storedFactors,
      up.columnCount.isMultiple(of: count), up.columnCount / count == rank,
      let rows = module.stack.rows(of: up.shape[0])
    else { return nil }
    do {
      let isSplit = try file.withBytes(of: up) { bytes in
        isDiagonal(bytes, rows, columnCount: up.columnCount, rank: rank)
      }
      return isSplit ? count : nil
    } catch let error as FormatError {
      throw error
    } catch {
      throw FormatError(.inputOutput, file: file.path, place: "tensor '\(up.name)'", "\(error)")
    }
  }

  /// Whether the rows of each part are zero outside the part's own columns.
  private func isDiagonal(
    _ bytes: RawSpan, _ rows: [Range<Int>], columnCount: Int, rank: Int
  ) -> Bool {
    let width = bytes.byteCount / ((rows.last?.upperBound ?? 1) * columnCount)
    return rows.enumerated().allSatisfy { part, rows in
      rows.allSatisfy { row in
        let start = row * columnCount
        let own = (start + part * rank)..<(start + (part + 1) * rank)
        return bytes.isZero(start * width..<own.lowerBound * width)
          && bytes.isZero(own.upperBound * width..<(start + columnCount) * width)
      }
    }
  }
}
