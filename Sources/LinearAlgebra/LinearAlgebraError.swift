/// A decomposition that could not be computed.
package enum LinearAlgebraError: Error, Hashable, CustomStringConvertible {
  /// The input holds an infinity or NaN.
  case nonFinite
  /// An iteration of LAPACK did not converge; `info` is the routine's own code.
  case noConvergence(routine: String, info: Int)

  package var description: String {
    switch self {
    case .nonFinite: "a matrix to decompose holds an infinity or NaN"
    case .noConvergence(let routine, let info): "\(routine) did not converge (info \(info))"
    }
  }
}
