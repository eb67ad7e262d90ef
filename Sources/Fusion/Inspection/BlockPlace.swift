package import Formats

/// Which block of a model a weight is in.
package struct BlockPlace: Sendable, Hashable, Comparable {
  package let component: ModelComponent
  /// The weight's path up to its first number, such as `down_blocks.1`, or its first word.
  package let path: String

  package init(of target: ModuleTarget) {
    (component, path) = (target.component, Self.path(of: target.path))
  }

  /// The component and the path.
  package var name: String { component == .model ? path : "\(component.rawValue).\(path)" }

  /// The order in which people count blocks.
  package static func < (a: BlockPlace, b: BlockPlace) -> Bool {
    (a.component.rawValue, numbered(a.path)) < (b.component.rawValue, numbered(b.path))
  }

  /// The middle of a UNet is one block, whatever is in it.
  private static let undivided = "mid_block"

  /// `path` with its number padded, so that 10 comes behind 9.
  static func numbered(_ path: String) -> String {
    path.split(separator: ".").map { part in
      part.allSatisfy(\.isNumber)
        ? String(repeating: "0", count: max(0, 8 - part.count)) + part : String(part)
    }.joined(separator: ".")
  }

  static func path(of path: String) -> String {
    let parts = path.split(separator: ".")
    guard let number = parts.firstIndex(where: { $0.allSatisfy(\.isNumber) }),
      parts[0] != undivided
    else { return parts.first.map(String.init) ?? path }
    return parts[...number].joined(separator: ".")
  }
}
