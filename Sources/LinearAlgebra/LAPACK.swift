import COpenBLAS

/// The library calls behind every decomposition; nothing else in lorac calls LAPACK.
///
/// LAPACK stores matrices by columns, so that it sees a row-major matrix as its transpose. Each
/// function says what that makes of its arguments. All of them overwrite their input.
///
/// Each routine's workspace is asked of the routine itself, by a first call with a size of -1.
enum LAPACK {
  /// A message for `info`, LAPACK's result code.
  ///
  /// - Precondition: `info >= 0`; a negative one means an invalid argument, which is our mistake.
  static func check(_ info: CInt, _ routine: String) throws(LinearAlgebraError) {
    precondition(info >= 0, "invalid argument")
    guard info == 0 else { throw .noConvergence(routine: routine, info: Int(info)) }
  }

  /// Which eigenvalues to find.
  enum Selection {
    /// All values, no vectors.
    case values
    /// The largest so many, with their vectors.
    case largest(Int)
  }

  /// Eigenvalues of a symmetric matrix in ascending order, and vectors as rows of a row-major
  /// `[values, size]`, empty if not asked for.
  ///
  /// The upper triangle of the row-major matrix is read.
  static func syevr(
    _ matrix: consuming [Double], size: Int, _ selection: Selection
  ) throws(LinearAlgebraError) -> (values: [Double], vectors: [Double]) {
    precondition(size > 0 && matrix.count == size * size)
    _ = singleThreaded
    let (job, range, count) =
      switch selection {
      case .values: ("N", "A", size)
      case .largest(let count): ("V", "I", count)
      }
    precondition(1...size ~= count)
    let (n, first, last) = (CInt(size), CInt(size - count + 1), CInt(size))
    let vectorCount = job == "V" ? count : 0
    var values = [Double](repeating: 0, count: size)
    var vectors = [Double](repeating: 0, count: max(1, vectorCount * size))
    var support = [CInt](repeating: 0, count: 2 * size)
    var (found, info): (CInt, CInt) = (0, 0)
    func run(_ work: inout [Double], _ length: CInt, _ indices: inout [CInt], _ indexCount: CInt) {
      // SAFETY: every array has the length that the routine's documentation asks for.
      unsafe dsyevr_(
        job, range, "L", [n], &matrix, [n], [0], [0], [first], [last], [0], &found, &values,
        &vectors, [n], &support, &work, [length], &indices, [indexCount], &info)
    }
    var (work, indices): ([Double], [CInt]) = ([0], [0])
    run(&work, -1, &indices, -1)
    let (length, indexCount) = (CInt(work[0]), indices[0])
    work = [Double](repeating: 0, count: Int(length))
    indices = [CInt](repeating: 0, count: Int(indexCount))
    run(&work, length, &indices, indexCount)
    try check(info, "dsyevr")
    return (Array(values.prefix(count)), Array(vectors.prefix(vectorCount * size)))
  }

  /// The pivoted Cholesky factor of a symmetric positive semidefinite matrix, in place.
  ///
  /// Afterwards the upper triangle of the row-major `matrix`, in its first `rank` rows, is U with
  /// `matrix[order[i], order[j]] = (Uᵀ * U)[i, j]`; `order` counts from 0.
  static func pstrf(_ matrix: inout [Double], size: Int) -> (rank: Int, order: [Int]) {
    precondition(size > 0 && matrix.count == size * size)
    _ = singleThreaded
    let n = CInt(size)
    var pivots = [CInt](repeating: 0, count: size)
    var work = [Double](repeating: 0, count: 2 * size)
    var (rank, info): (CInt, CInt) = (0, 0)
    // SAFETY: every array has the length that the routine's documentation asks for.
    unsafe dpstrf_("L", [n], &matrix, [n], &pivots, &rank, [-1], &work, &info)
    precondition(info >= 0, "invalid argument")
    return (Int(rank), pivots.map { Int($0) - 1 })
  }

  /// Multiplies the row-major `quotient`, `[rows, size]`, from the right by the inverse of the
  /// row-major `matrix`: seen by columns, the transposed system.
  static func gesv(
    _ matrix: consuming [Double], size: Int, _ quotient: inout [Double], rows: Int
  ) throws(LinearAlgebraError) {
    precondition(size > 0 && matrix.count == size * size && quotient.count == rows * size)
    guard rows > 0 else { return }
    _ = singleThreaded
    let n = CInt(size)
    var pivots = [CInt](repeating: 0, count: size)
    var info: CInt = 0
    // SAFETY: every array has the length that the routine's documentation asks for.
    unsafe dgesv_([n], [CInt(rows)], &matrix, [n], &pivots, &quotient, [n], &info)
    try check(info, "dgesv")
  }
}
