/// Where readers report what is wrong: they end at the first fault, or, to tell a user all at once,
/// go on as far as they can.
///
/// Both ways are one piece of code, so that what validating finds is what reading refuses.
package struct FaultLog: Sendable {
  private let collects: Bool
  /// What was reported so far, in the order of the file; only of a log that collects.
  package private(set) var faults: [FormatError] = []

  /// A log that throws whatever is reported.
  static let throwing = FaultLog(collects: false)
  /// A log that keeps what is reported.
  package static let collecting = FaultLog(collects: true)

  private init(collects: Bool) { self.collects = collects }

  mutating func report(_ fault: FormatError) throws(FormatError) {
    guard collects else { throw fault }
    faults.append(fault)
  }

  /// Runs a part of the work, and reports what ends it.
  ///
  /// - Returns: nil where a fault ended it.
  mutating func attempt<Result>(
    _ work: () throws(FormatError) -> Result
  ) throws(FormatError) -> Result? {
    do {
      return try work()
    } catch {
      try report(error)
      return nil
    }
  }

  /// Throws the first of the faults reported, at the end of what could be read.
  func throwFirst() throws(FormatError) {
    if let first = faults.first { throw first }
  }

  /// Adds what ended the reading, unless it was reported.
  package mutating func end(with fault: FormatError) {
    if !faults.contains(fault) { faults.append(fault) }
  }
}
