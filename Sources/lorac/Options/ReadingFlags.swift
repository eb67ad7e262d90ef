import ArgumentParser
import Formats

/// What files of adapters do not tell rightly.
struct ReadingFlags: ParsableArguments {
  @Flag(
    help: """
      Give modules that sd-scripts trained in parts (split_qkv) their strength in training, three \
      or four times that of other readers.
      """)
  var fixSplitAlpha = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The scale of LoKr modules of two whole matrices, whose alpha is not read. Default: 1.",
      valueName: "s"))
  var lokrScale: Double?

  func validate() throws {
    if let lokrScale, !lokrScale.isFinite {
      throw ValidationError("--lokr-scale \(lokrScale) is not a number")
    }
  }

  var reading: AdapterReading {
    var reading = AdapterReading()
    (reading.fixesSplitAlpha, reading.lokrScale) = (fixSplitAlpha, lokrScale)
    return reading
  }
}
