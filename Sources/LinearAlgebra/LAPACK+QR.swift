import COpenBLAS

extension LAPACK {
  /// The thin QR factors of a row-major `[rows, columns]`.
  ///
  /// LAPACK sees the transpose, whose factors L * Q are Rᵀ * Qᵀ: read by rows they are R and Q.
  static func geqrf(
    _ matrix: consuming [Float], rows: Int, columns: Int
  ) -> (orthogonal: [Float], upper: [Float]) {
    let p = min(rows, columns)
    precondition(p > 0 && matrix.count == rows * columns)
    _ = singleThreaded
    let (m, n, small) = (CInt(columns), CInt(rows), CInt(p))
    var scales = [Float](repeating: 0, count: p)
    runWithWorkspace { work, length, info in
      // SAFETY: every array has the length that the routine's documentation asks for.
      unsafe sgelqf_([m], [n], &matrix, [m], &scales, &work, [length], &info)
    }
    var upper = [Float](repeating: 0, count: p * columns)
    for row in 0..<p {
      for column in row..<columns { upper[row * columns + column] = matrix[row * columns + column] }
    }
    // The first p of LAPACK's rows, so p columns of each of ours, now hold the reflectors.
    runWithWorkspace { work, length, info in
      // SAFETY: as above; p is at most both extents.
      unsafe sorglq_([small], [n], [small], &matrix, [m], scales, &work, [length], &info)
    }
    var orthogonal: [Float] = []
    orthogonal.reserveCapacity(rows * p)
    for row in 0..<rows { orthogonal += matrix[row * columns..<row * columns + p] }
    return (orthogonal, upper)
  }

  /// Calls a routine that can't fail twice: for the size of its workspace, then with it.
  private static func runWithWorkspace(
    _ routine: (_ work: inout [Float], _ length: CInt, _ info: inout CInt) -> Void
  ) {
    var (work, info): ([Float], CInt) = ([0], 0)
    routine(&work, -1, &info)
    let length = CInt(work[0].nextUp.rounded(.up))
    work = [Float](repeating: 0, count: Int(length))
    routine(&work, length, &info)
    precondition(info == 0, "invalid argument")
  }
}
