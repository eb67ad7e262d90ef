import COpenBLAS

extension LAPACK {
  /// The thin singular value decomposition of a row-major `[rows, columns]`.
  ///
  /// LAPACK decomposes the transpose, right * values * left, so that its second result is the
  /// row-major left factor `[rows, p]`, and its first the right one `[p, columns]`.
  static func gesdd(
    _ matrix: consuming [Double], rows: Int, columns: Int
  ) throws(LinearAlgebraError) -> (left: [Double], values: [Double], right: [Double]) {
    let p = min(rows, columns)
    precondition(p > 0 && matrix.count == rows * columns)
    _ = singleThreaded
    let (m, n, small) = (CInt(columns), CInt(rows), CInt(p))
    var left = [Double](repeating: 0, count: rows * p)
    var values = [Double](repeating: 0, count: p)
    var right = [Double](repeating: 0, count: p * columns)
    var indices = [CInt](repeating: 0, count: 8 * p)
    var info: CInt = 0
    func run(_ work: inout [Double], _ length: CInt) {
      // SAFETY: every array has the length that the routine's documentation asks for.
      unsafe dgesdd_(
        "S", [m], [n], &matrix, [m], &values, &right, [m], &left, [small], &work, [length],
        &indices, &info)
    }
    var work: [Double] = [0]
    run(&work, -1)
    let length = CInt(work[0])
    work = [Double](repeating: 0, count: Int(length))
    run(&work, length)
    try check(info, "dgesdd")
    return (left, values, right)
  }

  /// The same in `Float`.
  static func gesdd(
    _ matrix: consuming [Float], rows: Int, columns: Int
  ) throws(LinearAlgebraError) -> (left: [Float], values: [Float], right: [Float]) {
    let p = min(rows, columns)
    precondition(p > 0 && matrix.count == rows * columns)
    _ = singleThreaded
    let (m, n, small) = (CInt(columns), CInt(rows), CInt(p))
    var left = [Float](repeating: 0, count: rows * p)
    var values = [Float](repeating: 0, count: p)
    var right = [Float](repeating: 0, count: p * columns)
    var indices = [CInt](repeating: 0, count: 8 * p)
    var info: CInt = 0
    func run(_ work: inout [Float], _ length: CInt) {
      // SAFETY: every array has the length that the routine's documentation asks for.
      unsafe sgesdd_(
        "S", [m], [n], &matrix, [m], &values, &right, [m], &left, [small], &work, [length],
        &indices, &info)
    }
    var work: [Float] = [0]
    run(&work, -1)
    // A size above 2²⁴ may have been rounded down on its way through `Float`.
    let length = CInt(work[0].nextUp.rounded(.up))
    work = [Float](repeating: 0, count: Int(length))
    run(&work, length)
    try check(info, "sgesdd")
    return (left, values, right)
  }
}
