import Reports

/// Numbers as people read them, on the terminal as in reports.
enum Quantity {
  /// Bytes in decimal units, such as `228.4 MB`.
  static func bytes(_ count: Int) -> String { NumberText.bytes(count) }

  /// `value` with `places` digits after the point, and no sign for what rounds to zero.
  static func decimal(_ value: Double, _ places: Int) -> String {
    NumberText.decimal(value, places)
  }

  /// `value` with three significant digits, such as `0.0123`, `4.57` or `1.20e-7`.
  static func significant(_ value: Double) -> String { NumberText.significant(value) }

  /// A bar that is as long as `share` of `width` columns, to an eighth of a column.
  static func bar(_ share: Double, width: Int) -> String {
    let eighths = Int((max(0, min(1, share)) * Double(width) * 8).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  /// A count with its noun, such as `1 module` or `2 modules`.
  static func count(_ count: Int, _ noun: String) -> String { NumberText.count(count, noun) }
}
