import COpenBLAS

/// Makes OpenBLAS compute on its caller's thread only; evaluated once, before its first other call.
///
/// Parallel work is spread over tensors, so that no result depends on the number of workers.
let singleThreaded: Void = openblas_set_num_threads(1)

extension Orientation {
  fileprivate var cblas: CBLAS_TRANSPOSE { self == .asStored ? CblasNoTrans : CblasTrans }
}

/// The library calls behind every product; nothing else in lorac calls CBLAS.
package enum BLAS {
  /// Stores `alpha * op(a) * op(b) + beta * c` in `c`, where op(a) is `[m, k]`, op(b) `[k, n]`.
  ///
  /// With `beta` 0 the old content of `c` is not read, so it may hold anything. Elements between
  /// the rows of `c` keep their value.
  ///
  /// - Precondition: every view lies inside its buffer, rows of one view don't overlap,
  ///   `cLayout` is as stored, and every extent fits in a `CInt`.
  package static func gemm(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    a: Span<Float>, _ aLayout: OperandLayout,
    b: Span<Float>, _ bLayout: OperandLayout,
    beta: Float = 0, c: inout MutableSpan<Float>, _ cLayout: OperandLayout
  ) {
    aLayout.check(rows: m, columns: k, within: a.count)
    bLayout.check(rows: k, columns: n, within: b.count)
    cLayout.check(rows: m, columns: n, within: c.count)
    precondition(cLayout.orientation == .asStored)
    guard m > 0, n > 0 else { return }
    _ = singleThreaded
    // SAFETY: the checks above keep every element the call touches inside its span, and an empty
    // span is passed only with k = 0, when the operand is not read.
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe cblas_sgemm(
            CblasRowMajor, aLayout.orientation.cblas, bLayout.orientation.cblas,
            CInt(m), CInt(n), CInt(k), alpha,
            a.baseAddress.map { unsafe $0 + (k > 0 ? aLayout.offset : 0) }, CInt(aLayout.stride),
            b.baseAddress.map { unsafe $0 + (k > 0 ? bLayout.offset : 0) }, CInt(bLayout.stride),
            beta, c.baseAddress.map { unsafe $0 + cLayout.offset }, CInt(cLayout.stride))
        }
      }
    }
  }

  /// Stores `alpha * op(a) * op(b) + beta * c` in the array `c`; see the span form for the rules.
  package static func gemm(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    a: [Float], _ aLayout: OperandLayout,
    b: [Float], _ bLayout: OperandLayout,
    beta: Float = 0, c: inout [Float], _ cLayout: OperandLayout
  ) {
    var target = c.mutableSpan
    gemm(
      m: m, n: n, k: k, alpha: alpha, a: a.span, aLayout, b: b.span, bLayout,
      beta: beta, c: &target, cLayout)
  }

  /// Stores `alpha * op(left) * op(right)` of whole matrices in `c`, in `Double`.
  ///
  /// - Precondition: the inner extents agree and are not 0, `c` holds the view `cLayout`, which
  ///   is as stored, and every extent fits in a `CInt`.
  static func gemm(
    alpha: Double, _ left: DoubleMatrix, _ leftOrientation: Orientation,
    _ right: DoubleMatrix, _ rightOrientation: Orientation,
    into c: inout [Double], _ cLayout: OperandLayout
  ) {
    let (m, k) = left.extents(leftOrientation)
    let (inner, n) = right.extents(rightOrientation)
    precondition(k == inner && k > 0 && cLayout.orientation == .asStored)
    cLayout.check(rows: m, columns: n, within: c.count)
    guard m > 0, n > 0 else { return }
    _ = singleThreaded
    // SAFETY: the operands are unpadded and of the extents passed; the result's were checked.
    unsafe c.withUnsafeMutableBufferPointer { c in
      unsafe cblas_dgemm(
        CblasRowMajor, leftOrientation.cblas, rightOrientation.cblas, CInt(m), CInt(n), CInt(k),
        alpha, left.elements, CInt(left.columns), right.elements, CInt(right.columns),
        0, c.baseAddress.map { unsafe $0 + cLayout.offset }, CInt(cLayout.stride))
    }
  }

  /// Adds the upper triangle of `op(a) * op(a)ᵀ` to `c`, row-major and unpadded.
  ///
  /// - Precondition: `c` holds the square of op(a)'s rows.
  static func addUpperGram(
    of a: DoubleMatrix, _ orientation: Orientation, to c: inout [Double]
  ) {
    let (size, inner) = a.extents(orientation)
    precondition(c.count == size * size)
    guard size > 0, inner > 0 else { return }
    _ = singleThreaded
    // SAFETY: `a` is unpadded and of the extents passed; `c` holds size * size elements.
    unsafe cblas_dsyrk(
      CblasRowMajor, CblasUpper, orientation.cblas, CInt(size), CInt(inner),
      1, a.elements, CInt(a.columns), 1, &c, CInt(size))
  }
}

extension DoubleMatrix {
  /// The rows and columns of op(self).
  func extents(_ orientation: Orientation) -> (rows: Int, columns: Int) {
    orientation == .asStored ? (rows, columns) : (columns, rows)
  }
}
