internal import Formats
internal import LinearAlgebra

/// Reads the factors of adapters, refusing what is not a number.
struct FactorReader: Sendable {
  /// The bytes of all inputs together that may stay in memory after they were read.
  private static let residentByteCount = 48 << 20

  private let members: [AdapterLibrary.Member]
  private let batch: Int

  init(_ members: [AdapterLibrary.Member]) {
    self.members = members
    batch = Self.residentByteCount / max(1, members.count)
  }

  /// Calls `body` with the stored bytes of `entry` of the adapter at index `adapter`.
  ///
  /// - Throws: `FormatError` naming the tensor when an element is NaN or infinite.
  func withBytes<Result>(
    of entry: TensorEntry, adapter: Int, _ body: (RawSpan, FloatFormat) throws -> Result
  ) throws -> Result {
    let file = members[adapter].file
    defer { file.tensors.release(entry, inBatchesOf: batch) }
    return try file.tensors.withBytes(of: entry) { bytes in
      let format = try FloatFormat(entry.dtype, in: file.path)
      if let index = firstNonFinite(bytes, as: format) {
        throw FormatError(
          .unacceptable, file: file.path, place: "tensor '\(entry.name)'",
          "element \(index) is NaN or infinite: the training diverged, or the file is damaged",
          remedy: "use an earlier checkpoint of the training")
      }
      return try body(bytes, format)
    }
  }
}

extension FloatFormat {
  /// The format of a stored type; nil for one that is not a floating-point type of weights.
  init?(_ dtype: DType) {
    switch dtype {
    case .f32: self = .f32
    case .f16: self = .f16
    case .bf16: self = .bf16
    case .f8e4m3: self = .f8e4m3
    case .f8e5m2: self = .f8e5m2
    default: return nil
    }
  }

  /// The format of a stored type.
  ///
  /// - Throws: `FormatError` for a type that is not a floating-point type of factors.
  init(_ dtype: DType, in file: String) throws(FormatError) {
    guard let format = FloatFormat(dtype) else {
      throw FormatError(
        .unacceptable, file: file, "factors of type \(dtype.rawValue) are not read")
    }
    self = format
  }
}
