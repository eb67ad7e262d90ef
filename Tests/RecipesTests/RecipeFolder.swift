import Foundation
import Recipes

/// A folder of files for one test, gone afterwards.
struct RecipeFolder {
  let path: String

  /// Writes `text` to the file `name`, with folders as needed, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String = "lorac.yaml") throws -> String {
    try write(Data(text.utf8), to: name)
  }

  @discardableResult
  func write(_ data: Data, to name: String = "lorac.yaml") throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return url.path
  }

  /// The recipe `text`, in this folder.
  func recipe(_ text: String) throws -> Recipe { try Recipe(path: try write(text)) }

  /// What is wrong with the recipe `name`, a line each, without this folder.
  func faults(_ name: String = "lorac.yaml") -> [String] {
    do {
      _ = try Recipe(path: "\(path)/\(name)")
      return []
    } catch {
      return error.faults.map { $0.description.replacingOccurrences(of: "\(path)/", with: "") }
    }
  }

  static func with<Result>(_ body: (RecipeFolder) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("lorac-recipes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(RecipeFolder(path: folder.path))
  }
}
