internal import Formats
internal import LinearAlgebra
internal import Synchronization
internal import Workers

/// Compares two models tensor by tensor, a piece at a time.
///
/// Tensors of one name belong together; what is left is brought together by the canonical weights
/// that it holds, so that an original checkpoint meets a folder of diffusers.
struct ModelComparison: Sendable {
  private let first: ComparedTensors
  private let second: ComparedTensors

  init(_ first: ModelFiles, _ second: ModelFiles) {
    (self.first, self.second) = (ComparedTensors(first), ComparedTensors(second))
  }

  /// Rows of a tensor.
  private struct Part: Sendable {
    let tensor: ComparedTensors.Tensor
    /// Nil for all of it.
    let rows: Range<Int>?

    var shape: [Int] {
      guard let rows else { return tensor.entry.shape }
      return [rows.count, tensor.columns]
    }
  }

  /// What is compared: two parts of the same elements, in runs of rows that belong together.
  private struct Pair: Sendable {
    let name: String
    let (first, second): (Part, Part)
    let swapsHalves: Bool
  }

  func comparison(
    threads: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> Comparison {
    let (pairs, only) = pairs()
    let done = Mutex(0)
    let rows = try parallelMap(count: pairs.count, threads: threads) { index in
      let pair = pairs[index]
      let row: Comparison.Row? =
        Self.fit(pair)
        ? Comparison.Row(name: pair.name, measure: .weights, distances: try distances(pair))
        : nil
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, pairs.count)
      return row
    }
    let misfits = pairs.filter { !Self.fit($0) }.map { pair in
      Comparison.Misfit(name: pair.name, first: pair.first.shape, second: pair.second.shape)
    }
    func names(_ tensors: [ComparedTensors.Tensor], _ isVoid: Bool) -> [String] {
      tensors.filter { $0.isWithoutEffect == isVoid }.map(\.name)
    }
    return Comparison(
      rows: rows.compactMap(\.self), onlyInFirst: names(only.first, false),
      onlyInSecond: names(only.second, false), misfits: misfits,
      withoutEffect: names(only.first, true) + names(only.second, true))
  }

  private typealias Only = (
    first: [ComparedTensors.Tensor], second: [ComparedTensors.Tensor]
  )

  private func pairs() -> (pairs: [Pair], only: Only) {
    var pairs: [Pair] = []
    var (a, b) = (Set(first.tensors.indices), Set(second.tensors.indices))
    for (name, index) in first.names.sorted(by: { $0.name < $1.name }) {
      guard let other = second.index(of: name), a.contains(index), b.contains(other) else {
        continue
      }
      a.remove(index)
      b.remove(other)
      pairs.append(
        Pair(
          name: first.tensors[index].name, first: Part(tensor: first.tensors[index], rows: nil),
          second: Part(tensor: second.tensors[other], rows: nil), swapsHalves: false))
    }
    pairs += canonicalPairs(&a, &b)
    return (
      pairs, (a.sorted().map { first.tensors[$0] }, b.sorted().map { second.tensors[$0] })
    )
  }

  /// Pairs of the tensors that are left, by canonical weights; those in a pair are taken out.
  private func canonicalPairs(_ a: inout Set<Int>, _ b: inout Set<Int>) -> [Pair] {
    var parts: [ModuleTarget: (index: Int, part: Part)] = [:]
    for index in b.sorted() {
      for (target, part) in Self.parts(of: second.tensors[index]) { parts[target] = (index, part) }
    }
    var pairs: [Pair] = []
    var taken: (Set<Int>, Set<Int>) = ([], [])
    for index in a.sorted() {
      for (target, part) in Self.parts(of: first.tensors[index]) {
        guard let other = parts[target] else { continue }
        let swaps = [part, other.part].map { $0.tensor.stack?.swapsHalves ?? false }
        pairs.append(
          Pair(
            name: target.description, first: part, second: other.part,
            swapsHalves: swaps[0] != swaps[1]))
        taken.0.insert(index)
        taken.1.insert(other.index)
      }
    }
    // A tensor that holds several weights is in both models only if all of them are.
    a = a.filter { index in
      !taken.0.contains(index)
        || Self.parts(of: first.tensors[index]).contains { parts[$0.0] == nil }
    }
    let found = Set(pairs.map(\.name))
    b = b.filter { index in
      !taken.1.contains(index)
        || Self.parts(of: second.tensors[index]).contains { !found.contains($0.0.description) }
    }
    return pairs
  }

  /// The canonical weights that a tensor holds, and their rows.
  private static func parts(of tensor: ComparedTensors.Tensor) -> [(ModuleTarget, Part)] {
    guard let stack = tensor.stack else { return [] }
    if stack.pieces.count == 1 {
      return [(stack.pieces[0].target, Part(tensor: tensor, rows: nil))]
    }
    guard !tensor.isTransposed, let rows = stack.rows(of: tensor.entry.shape.first ?? 0) else {
      return []
    }
    return zip(stack.pieces, rows).map { ($0.target, Part(tensor: tensor, rows: $1)) }
  }

  /// Whether both have the same elements: the same extents, but for those of 1 at the end.
  private static func fit(_ pair: Pair) -> Bool {
    func matrix(_ part: Part) -> [Int] {
      let shape = part.shape
      let trimmed = shape.reversed().drop { $0 == 1 }.reversed()
      return part.tensor.isTransposed ? Array(trimmed.reversed()) : Array(trimmed)
    }
    let (a, b) = (pair.first, pair.second)
    guard matrix(a) == matrix(b) else { return false }
    if a.tensor.isTransposed != b.tensor.isTransposed { return matrix(a).count <= 2 }
    return !pair.swapsHalves || (a.shape.first ?? 0).isMultiple(of: 2)
  }

  /// The elements that are compared at once.
  private static let chunk = 1 << 18
  /// The elements that are let go at once.
  private static let releaseCount = 1 << 24

  private func distances(_ pair: Pair) throws -> FrobeniusComparison {
    let (a, b) = (pair.first.tensor, pair.second.tensor)
    defer {
      a.file.release(a.entry, inBatchesOf: 32 << 20)
      b.file.release(b.entry, inBatchesOf: 32 << 20)
    }
    guard let widths = Self.widths(a.entry.dtype, b.entry.dtype) else { return try opaque(a, b) }
    if a.isTransposed != b.isTransposed {
      let x = try values(a, 0..<a.entry.elementCount, width: widths.0)
      let y = try values(b, 0..<b.entry.elementCount, width: widths.1)
      return a.isTransposed
        ? FrobeniusComparison(Self.transposed(x, columns: a.columns), y)
        : FrobeniusComparison(x, Self.transposed(y, columns: b.columns))
    }
    var parts: [FrobeniusComparison] = []
    for (left, right) in runs(pair) {
      var released = 0
      for start in stride(from: 0, to: left.count, by: Self.chunk) {
        // What was compared of a large tensor need not stay in memory until its end.
        if start - released >= Self.releaseCount {
          a.release(left.lowerBound + released..<left.lowerBound + start, width: widths.0)
          b.release(right.lowerBound + released..<right.lowerBound + start, width: widths.1)
          released = start
        }
        let count = min(Self.chunk, left.count - start)
        let ranges = (
          left.lowerBound + start..<left.lowerBound + start + count,
          right.lowerBound + start..<right.lowerBound + start + count
        )
        // As doubles, integers that differ may be the same.
        if let x = try integers(a, ranges.0), let y = try integers(b, ranges.1) {
          parts.append(FrobeniusComparison(x, y))
        } else {
          parts.append(
            FrobeniusComparison(
              try values(a, ranges.0, width: widths.0), try values(b, ranges.1, width: widths.1)))
        }
      }
    }
    return FrobeniusComparison(joining: parts)
  }

  /// Some of the elements of a tensor of integers; nil for another type.
  private func integers(
    _ tensor: ComparedTensors.Tensor, _ range: Range<Int>
  ) throws -> [Int128]? {
    guard case .integer(let width, let isSigned) = NumberFormat(tensor.entry.dtype) else {
      return nil
    }
    let bytes = range.lowerBound * width..<range.upperBound * width
    return try tensor.file.withBytes(of: tensor.entry, in: bytes) {
      NumberFormat.integers(of: $0, width, isSigned)
    }
  }

  /// The elements of both that are compared in their order.
  private func runs(_ pair: Pair) -> [(Range<Int>, Range<Int>)] {
    let ranges = [pair.first, pair.second].map { part in
      part.rows.map { $0.lowerBound * part.tensor.columns..<$0.upperBound * part.tensor.columns }
        ?? 0..<part.tensor.entry.elementCount
    }
    guard pair.swapsHalves else { return [(ranges[0], ranges[1])] }
    let half = ranges[0].count / 2
    func halves(_ range: Range<Int>) -> (Range<Int>, Range<Int>) {
      let middle = range.lowerBound + half
      return (range.lowerBound..<middle, middle..<range.upperBound)
    }
    let (a, b) = (halves(ranges[0]), halves(ranges[1]))
    return [(a.0, b.1), (a.1, b.0)]
  }

  /// The elements of a matrix with `columns` columns, the other way round.
  private static func transposed(_ matrix: DoubleMatrix, columns: Int) -> DoubleMatrix {
    let rows = columns == 0 ? 0 : matrix.columns / columns
    return DoubleMatrix(
      rows: 1, columns: matrix.columns,
      elements: (0..<columns).flatMap { column in
        (0..<rows).map { matrix.elements[$0 * columns + column] }
      })
  }

  /// The sizes of the elements in bytes; nil for a type whose values are not compared as numbers.
  private static func widths(_ a: DType, _ b: DType) -> (Int, Int)? {
    guard NumberFormat(a) != nil, NumberFormat(b) != nil else { return nil }
    return (a.bitCount / 8, b.bitCount / 8)
  }

  private func values(
    _ tensor: ComparedTensors.Tensor, _ range: Range<Int>, width: Int
  ) throws -> DoubleMatrix {
    let (file, entry) = (tensor.file, tensor.entry)
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
  private func opaque(
    _ first: ComparedTensors.Tensor, _ second: ComparedTensors.Tensor
  ) throws -> FrobeniusComparison {
    let (a, b) = (first.entry, second.entry)
    var isSame = a.dtype == b.dtype && a.byteRange.count == b.byteRange.count
    for start in stride(from: 0, to: a.byteRange.count, by: Self.chunk) where isSame {
      let range = start..<min(start + Self.chunk, a.byteRange.count)
      let (x, y) = (
        try first.file.withBytes(of: a, in: range) { $0.copied() },
        try second.file.withBytes(of: b, in: range) { $0.copied() }
      )
      isSame = x == y
    }
    guard isSame else {
      let types = Set([a.dtype.rawValue, b.dtype.rawValue]).sorted().joined(separator: " and ")
      throw FormatError(
        .unsupported, file: second.file.path, place: "tensor '\(b.name)'",
        "differs from that of \(printable(first.file.path)), and values of type \(types) are not "
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
      return Self.integers(of: bytes, width, isSigned).map { Double($0) }
    }
  }

  /// Integers of `width` bytes each.
  static func integers(of bytes: RawSpan, _ width: Int, _ isSigned: Bool) -> [Int128] {
    let shift = UInt64(64 - 8 * width)
    return words(bytes, width).map { word in
      isSigned ? Int128(Int64(bitPattern: word << shift) >> Int64(shift)) : Int128(word)
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
