/// Steps of one hue from the page's ground to its opposite, so that the order shows without colour
/// vision and on paper.
///
/// Every step has a text colour of a contrast of 4.5 or more (WCAG 2.2, success criterion 1.4.3).
package struct ColourRamp: Sendable {
  package struct Step: Sendable {
    package let ground: String
    package let text: String
  }

  /// From the least value to the largest.
  package let steps: [Step]

  private init(_ grounds: [String], darkText: Range<Int>) {
    steps = grounds.enumerated().map { index, ground in
      Step(ground: ground, text: darkText.contains(index) ? "#10151c" : "#ffffff")
    }
  }

  package static let stepCount = 9

  /// For values above 0 on a light page.
  package static let light = ColourRamp(
    [
      "#f1f6fb", "#dbe8f5", "#bcd6ec", "#93bfe1", "#65a2d2", "#3f86c0", "#2369a5", "#124d84",
      "#07315c",
    ], darkText: 0..<6)

  /// For values below 0 on a light page.
  package static let lightNegative = ColourRamp(
    [
      "#fcf4ea", "#fbe3c8", "#f7cb98", "#f0ac63", "#e08a35", "#c46a14", "#a04f07", "#7a3a05",
      "#532604",
    ], darkText: 0..<6)

  /// For values above 0 on a dark page.
  package static let dark = ColourRamp(
    [
      "#1b2532", "#1d3550", "#1f4870", "#245f93", "#3179b3", "#5197cc", "#7fb5de", "#aed1ec",
      "#dbeaf7",
    ], darkText: 5..<9)

  /// For values below 0 on a dark page.
  package static let darkNegative = ColourRamp(
    [
      "#2a2219", "#472f14", "#663f10", "#8a540f", "#a3641a", "#cb883a", "#e0a767", "#edc698",
      "#f8e4cb",
    ], darkText: 5..<9)

  /// The class of the step for `value`, where `largest` is the largest magnitude there is: `p0` to
  /// `p8` above 0, `n0` to `n8` below, `zero`.
  static func name(of value: Double, largest: Double) -> String {
    guard value != 0, value.isFinite, largest > 0, largest.isFinite else { return "zero" }
    let step = Int((min(1, value.magnitude / largest) * Double(stepCount - 1)).rounded())
    return value < 0 ? "n\(step)" : "p\(step)"
  }

  /// The rules of style for both signs.
  static func rules(above: ColourRamp, below: ColourRamp) -> String {
    zip(["p", "n"], [above, below]).map { sign, ramp in
      ramp.steps.enumerated().map { index, step in
        ".\(sign)\(index){background:\(step.ground);color:\(step.text)}"
      }.joined()
    }.joined()
  }
}
