package import Formats

/// Which block of a model a weight is in.
package struct BlockPlace: Sendable, Hashable, Comparable {
  package let component: ModelComponent
  /// The weight's path up to its first number, such as `down_blocks.1`, or its first word.
  package let path: String
  private let order: String

  package init(of target: ModuleTarget) {
    (component, path) = (target.component, Self.path(of: target.path))
    order = Self.numbered(path)
  }

  /// The component and the path.
  package var name: String { component == .model ? path : "\(component.rawValue).\(path)" }

  /// The order in which people count blocks.
  package static func < (a: BlockPlace, b: BlockPlace) -> Bool {
    (a.component.rawValue, a.order) < (b.component.rawValue, b.order)
  }

  /// The middle of a UNet is one block, whatever is in it.
  private static let undivided = "mid_block"

  /// `path` with its number padded, so that 10 comes behind 9.
  static func numbered(_ path: String) -> String {
    var bytes: [UInt8] = []
    for (index, part) in parts(of: path).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ".")) }
      if isNumber(part) {
        bytes += [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 8 - part.count))
      }
      bytes += part
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func path(of path: String) -> String {
    let parts = parts(of: path)
    guard let number = parts.firstIndex(where: isNumber), !parts[0].elementsEqual(undivided.utf8)
    else { return parts.first.map { String(Substring($0)) } ?? path }
    return parts[...number].map { String(Substring($0)) }.joined(separator: ".")
  }

  /// What is between dots, told by bytes: a file may have a million names.
  private static func parts(of path: String) -> [Substring.UTF8View] {
    path.utf8.split(separator: UInt8(ascii: "."))
  }

  private static func isNumber(_ part: Substring.UTF8View) -> Bool {
    part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
