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

  /// `values`, none below 0, with as many digits after the point each, so that a column of them can be
  /// compared; where they are too far apart for that, each with three significant digits.
  static func alike(_ values: [Double]) -> [String] {
    let used = values.filter { $0 > 0 && $0.isFinite }
    guard let least = used.min(), let most = used.max(), most / least <= 1000, most < 1e6,
      most >= 1e-3
    else { return values.map(significant) }
    var (places, scaled) = (0, least)
    while scaled < 99.95, places < 5 { (scaled, places) = (scaled * 10, places + 1) }
    return values.map { $0 == 0 ? "0" : decimal($0, places) }
  }

  /// A bar that is as long as `share` of `width` columns, to an eighth of a column; none for what is
  /// no number.
  static func bar(_ share: Double, width: Int) -> String {
    let eighths = Int(((share > 0 ? min(1, share) : 0) * Double(max(0, width)) * 8).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  /// A curve of numbers from 0 on, in columns of seven heights; more numbers than columns are
  /// taken together by their means.
  ///
  /// What is no number, or below 0, is as low as 0; infinity is as high as the highest.
  static func curve(_ values: [Double], width: Int) -> String {
    let largest = values.reduce(0) { $1 > $0 && $1.isFinite ? $1 : $0 }
    let shares = values.map { $0 > 0 ? ($0.isFinite ? $0 / largest : 1) : 0 }
    guard shares.contains(where: { $0 > 0 }) else { return "" }
    let columns = max(0, min(width, values.count))
    // Without the full block, which would touch the curve of the line above.
    let heights: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"]
    return String(
      (0..<columns).map { column in
        let part = shares[column * shares.count / columns..<(column + 1) * shares.count / columns]
        let mean = part.reduce(0, +) / Double(part.count)
        let height = Int((mean * Double(heights.count)).rounded(.up)) - 1
        return heights[max(0, min(heights.count - 1, height))]
      })
  }

  /// A large count in short, such as `2.57 G` or `319 k`.
  static func short(_ count: Int) -> String {
    let units = ["", " k", " M", " G", " T"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count)" : significant(value) + units[unit]
  }

  /// A count with a space between groups of three digits, such as `2 567 463 684`.
  static func grouped(_ count: Int) -> String {
    let digits = String(count)
    return String(
      digits.enumerated().flatMap { index, digit -> [Character] in
        let isStart = index > 0 && (digits.count - index).isMultiple(of: 3)
        return isStart ? [" ", digit] : [digit]
      })
  }

  /// A count with its noun, such as `1 module` or `2 modules`.
  static func count(_ count: Int, _ noun: String) -> String { NumberText.count(count, noun) }
}
