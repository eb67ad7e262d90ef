import Formats
import Fusion

/// Several files, a row each.
struct InspectTable {
  private let inspections: [FileInspection]
  private let style: Style
  private let width: Int

  init(_ inspections: [FileInspection], style: Style, width: Int) {
    (self.inspections, self.style, self.width) = (inspections, style, width)
  }

  func print() throws { try StandardOutput.print(lines.joined(separator: "\n")) }

  private var lines: [String] {
    var table = TextTable([.left, .right, .left, .left, .left, .right, .left, .left])
    table.add(["file", "size", "dialect", "family", "algorithm", "rank", "dtype", "key"])
    for inspection in inspections { table.add(row(inspection)) }
    let fitted = table.lines().map { $0.truncated(to: max(width, 60)) }
    return fitted.enumerated().map { $0 == 0 ? style.bold($1) : $1 }
  }

  private func row(_ inspection: FileInspection) -> [String] {
    let modules = inspection.adapter?.modules ?? []
    let ranks = modules.compactMap(\.rank)
    let span: String
    if let least = ranks.min(), let most = ranks.max() {
      span = least == most ? "\(least)" : "\(least)–\(most)"
    } else {
      span = ""
    }
    let algorithms = Set(modules.map(\.algorithm.stored.name)).sorted().joined(separator: "+")
    let dtypes = Set(inspection.tensors.map(\.dtype.rawValue)).sorted()
    return [
      AdapterPath.name(of: inspection.path), Quantity.bytes(inspection.byteCount),
      inspection.adapter?.dialect.rawValue ?? inspection.kind.rawValue,
      inspection.family.name ?? "unknown", algorithms, span, dtypes.joined(separator: "+"),
      inspection.key?.texts.joined(separator: " | ") ?? "",
    ]
  }
}
