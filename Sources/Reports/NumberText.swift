/// Numbers as people read them.
package enum NumberText {
  /// Bytes in decimal units, such as `228.4 MB`.
  package static func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.95, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) bytes" : "\(decimal(value, 1)) \(units[unit])"
  }

  /// `value` with `places` digits after the point, and no sign for what rounds to zero.
  package static func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var factor = 1.0
    for _ in 0..<places { factor *= 10 }
    // A product of more than 63 bits has no digits behind the point anyway.
    guard let scaled = Int(exactly: (value.magnitude * factor).rounded()) else { return "\(value)" }
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + padded }
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// `value` with three significant digits, such as `0.0123`, `4.57` or `1.20e-7`.
  package static func significant(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    var (exponent, scaled) = (0, value.magnitude)
    while scaled >= 9.995 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    while scaled < 0.9995 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    if (-3...5).contains(exponent) { return decimal(value, max(0, 2 - exponent)) }
    return "\(value < 0 ? "-" : "")\(decimal(scaled, 2))e\(exponent)"
  }

  /// A count with its noun, such as `1 module` or `2 modules`.
  package static func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
