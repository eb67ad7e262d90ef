internal import Formats
internal import LinearAlgebra
internal import Synchronization
internal import Workers

/// Compares two models tensor by tensor, a piece at a time.
struct ModelComparison: Sendable {
  private let first: SafetensorsFile
  private let second: SafetensorsFile

  init(_ first: SafetensorsFile, _ second: SafetensorsFile) {
    (self.first, self.second) = (first, second)
  }

  func comparison(
    threads: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Comparison {
    let entries = first.header.tensors.sorted { $0.name < $1.name }
    let pairs = entries.compactMap { entry in second.entry(entry.name).map { (entry, $0) } }
    let done = Mutex(0)
    let rows = try parallelMap(count: pairs.count, threads: threads) { index in
      let (a, b) = pairs[index]
      let row: Comparison.Row? =
        a.shape == b.shape
        ? Comparison.Row(name: a.name.string, measure: .weights, distances: try distances(a, b))
        : nil
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, pairs.count)
      return row
    }
    let misfits = pairs.filter { $0.0.shape != $0.1.shape }.map { a, b in
      Comparison.Misfit(name: a.name.string, first: a.shape, second: b.shape)
    }
    func names(_ file: SafetensorsFile, without other: SafetensorsFile) -> [String] {
      file.header.tensors.map(\.name).filter { other.entry($0) == nil }.sorted().map(\.string)
    }
    return Comparison(
      rows: rows.compactMap(\.self), onlyInFirst: names(first, without: second),
      onlyInSecond: names(second, without: first), misfits: misfits)
  }

  /// The elements that are compared at once.
  private static let chunk = 1 << 18

  private func distances(_ a: TensorEntry, _ b: TensorEntry) throws -> FrobeniusComparison {
    defer {
      first.release(a, inBatchesOf: 32 << 20)
      second.release(b, inBatchesOf: 32 << 20)
    }
    guard let widths = Self.widths(a.dtype, b.dtype) else { return try opaque(a, b) }
    var parts: [FrobeniusComparison] = []
    for start in stride(from: 0, to: a.elementCount, by: Self.chunk) {
      let range = start..<min(start + Self.chunk, a.elementCount)
      let (x, y) = (
        try values(first, a, range, width: widths.0), try values(second, b, range, width: widths.1)
      )
      parts.append(FrobeniusComparison(x, y))
    }
    return FrobeniusComparison(joining: parts)
  }

  /// The sizes of the elements in bytes; nil for a type whose values are not compared as numbers.
  private static func widths(_ a: DType, _ b: DType) -> (Int, Int)? {
    guard NumberFormat(a) != nil, NumberFormat(b) != nil else { return nil }
    return (a.bitCount / 8, b.bitCount / 8)
  }

  private func values(
    _ file: SafetensorsFile, _ entry: TensorEntry, _ range: Range<Int>, width: Int
  ) throws -> DoubleMatrix {
    guard let format = NumberFormat(entry.dtype) else { preconditionFailure("checked before") }
    let bytes = range.lowerBound * width..<range.upperBound * width
    let values = try file.withBytes(of: entry, in: bytes) { format.values(of: $0) }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        .unacceptable, file: file.path, place: "tensor '\(entry.name)'",
        "element \(range.lowerBound + index) is NaN or infinite, so it has no distance")
    }
    return DoubleMatrix(rows: 1, columns: values.count, elements: values)
  }

  /// Types that are no numbers are the same or not: there is no distance between.
  private func opaque(_ a: TensorEntry, _ b: TensorEntry) throws -> FrobeniusComparison {
    var isSame = a.dtype == b.dtype
    for start in stride(from: 0, to: a.byteRange.count, by: Self.chunk) where isSame {
      let range = start..<min(start + Self.chunk, a.byteRange.count)
      let (x, y) = (
        try first.withBytes(of: a, in: range) { $0.copied() },
        try second.withBytes(of: b, in: range) { $0.copied() }
      )
      isSame = x == y
    }
    guard isSame else {
      let types = Set([a.dtype.rawValue, b.dtype.rawValue]).sorted().joined(separator: " and ")
      throw FormatError(
        .unsupported, file: second.path, place: "tensor '\(b.name)'",
        "differs from that of \(printable(first.path)), and values of type \(types) are not "
          + "compared as numbers")
    }
    return FrobeniusComparison(firstNorm: 0, secondNorm: 0, inner: 0, distance: 0)
  }
}

/// How the values of a stored type become numbers.
private enum NumberFormat {
  case floating(FloatFormat)
  case double
  case integer(bytes: Int, isSigned: Bool)

  init?(_ dtype: DType) {
    switch dtype {
    case .f32: self = .floating(.f32)
    case .f16: self = .floating(.f16)
    case .bf16: self = .floating(.bf16)
    case .f8e4m3: self = .floating(.f8e4m3)
    case .f8e5m2: self = .floating(.f8e5m2)
    case .f64: self = .double
    case .bool, .u8, .u16, .u32, .u64: self = .integer(bytes: dtype.bitCount / 8, isSigned: false)
    case .i8, .i16, .i32, .i64: self = .integer(bytes: dtype.bitCount / 8, isSigned: true)
    case .f4, .f6e2m3, .f6e3m2, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz, .c64: return nil
    }
  }

  func values(of bytes: RawSpan) -> [Double] {
    switch self {
    case .floating(let format): return HalfPrecision.widen(bytes, as: format).map { Double($0) }
    case .double: return Self.words(bytes, 8).map { Double(bitPattern: $0) }
    case .integer(let width, let isSigned):
      let shift = UInt64(64 - 8 * width)
      return Self.words(bytes, width).map { word in
        isSigned
          ? Double(Int64(bitPattern: word << shift) >> Int64(shift)) : Double(word)
      }
    }
  }

  /// The little-endian words of `width` bytes.
  private static func words(_ bytes: RawSpan, _ width: Int) -> [UInt64] {
    let copy = bytes.copied()
    return stride(from: 0, to: copy.count, by: width).map { start in
      (0..<width).reduce(0) { $0 | UInt64(copy[start + $1]) << UInt64(8 * $1) }
    }
  }
}
