import Foundation
import Reports
import Testing

/// Colours can be read, and their order shows by lightness alone.
@Suite struct ColourRampTests {
  /// The relative luminance of a colour like `#1b2532`.
  ///
  /// Source: WCAG 2.2.
  private static func luminance(_ colour: String) -> Double {
    let bits = UInt32(colour.dropFirst(), radix: 16) ?? 0
    let channels = [16, 8, 0].map { shift in
      let value = Double(bits >> UInt32(shift) & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }

  private static func contrast(_ a: String, _ b: String) -> Double {
    let (a, b) = (luminance(a), luminance(b))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  @Test func ratioOfBlackAndWhite() {
    #expect(abs(Self.contrast("#000000", "#ffffff") - 21) < 1e-9)
    #expect(abs(Self.contrast("#777777", "#ffffff") - 4.478) < 1e-3)
  }

  @Test(arguments: [
    (ColourRamp.light, false), (.lightNegative, false), (.dark, true), (.darkNegative, true),
  ])
  func stepsCanBeReadAndToldApart(_ ramp: ColourRamp, rises: Bool) {
    #expect(ramp.steps.count == ColourRamp.stepCount)
    for step in ramp.steps {
      #expect(Self.contrast(step.ground, step.text) >= 4.5, "\(step.text) on \(step.ground)")
    }
    for (a, b) in zip(ramp.steps, ramp.steps.dropFirst()) {
      let (a, b) = (Self.luminance(a.ground), Self.luminance(b.ground))
      // Away from the page's ground, by steps that an eye sees.
      #expect(rises ? b > a : b < a)
      #expect((max(a, b) + 0.05) / (min(a, b) + 0.05) > 1.1)
    }
  }

  /// The text colours of the style, on the grounds that they stand on.
  @Test func textCanBeReadOnItsGround() throws {
    let html = ReportPage([SampleTargets.target(prompts: 1, adapters: 1)]).html
    let schemes = html.components(separatedBy: "color-scheme:").dropFirst()
    var checked = 0
    for scheme in schemes where scheme.hasPrefix("light;") || scheme.hasPrefix("dark;") {
      var colours: [String: String] = [:]
      for entry in scheme.prefix(while: { $0 != "}" }).split(separator: ";") {
        let pair = entry.split(separator: ":")
        guard pair.count == 2, pair[0].hasPrefix("--") else { continue }
        let hex = pair[1].trimmingCharacters(in: .whitespacesAndNewlines)
        colours[String(pair[0])] =
          hex.count == 4 ? "#" + hex.dropFirst().flatMap { [$0, $0] } : hex
      }
      for (text, ground) in [
        ("--text", "--ground"), ("--dim", "--ground"), ("--accent", "--ground"),
        ("--text", "--raised"), ("--warning", "--warning-ground"), ("--text", "--warning-ground"),
        ("--dim", "--warning-ground"),
      ] {
        let pair = (try #require(colours[text]), try #require(colours[ground]))
        #expect(Self.contrast(pair.0, pair.1) >= 4.5, "\(text) on \(ground): \(pair)")
        checked += 1
      }
    }
    #expect(checked == 21, "three schemes: light, dark, print")
  }
}
