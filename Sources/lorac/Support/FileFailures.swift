import Formats

/// What went wrong with single files among several; the others are shown.
struct FileFailures {
  /// The exit status of the first; nil where nothing failed.
  private(set) var status: Int32?
  private var entries: [JSONValue] = []

  /// Tells of a fault of a file that is shown nevertheless.
  @discardableResult mutating func report(_ error: any Error) -> Failure {
    let failure = Failure(error)
    failure.report()
    status = status ?? failure.status
    return failure
  }

  /// Tells why the file at `path` is not shown.
  mutating func add(_ path: String, _ error: any Error) {
    let failure = report(error)
    entries.append(.object(["file": .string(path), "error": failure.document]))
  }

  /// The files and their errors for a document; nil where there are none.
  var document: JSONValue? { entries.isEmpty ? nil : .array(entries) }
}
