import Building
import Formats

/// A file with a line of JSON for each target, written as targets are finished.
final class ResultsFile: Sendable {
  private let file: AppendedFile

  /// Starts the file at `path` anew.
  init(path: String) throws(FormatError) {
    Folder.removeFile(path)
    file = try AppendedFile(path: path)
  }

  func add(_ result: TargetResult) throws(FormatError) {
    try file.append(ResultDocument(result).document.compact + "\n")
  }
}
