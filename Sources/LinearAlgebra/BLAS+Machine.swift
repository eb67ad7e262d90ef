internal import COpenBLAS

extension BLAS {
  /// The kind of processor that products are computed for; another may round sums differently.
  package static var core: String {
    // SAFETY: the library returns a terminated string of its own, which stays.
    unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
  }
}
