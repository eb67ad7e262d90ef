internal import FoundationEssentials

/// When an adapter was trained.
package struct TrainingTimes: Sendable {
  /// In seconds since 1970.
  private let start: Double?
  private let end: Double?
  /// What ModelSpec says, as it stands.
  private let stated: String?

  init(_ entries: TrainingEntries) {
    start = Self.time(entries.text("ss_training_started_at"))
    // Of a file that was saved on the way, this is when it was.
    end = Self.time(entries.text("ss_training_finished_at"))
    stated = entries.text("modelspec.date")
  }

  /// As ISO 8601, in UTC.
  package var started: String? { start.map(Self.text) }
  package var finished: String? { end.map(Self.text) }

  /// The day of the training's end, or what the file says of its date.
  package var date: String? { (finished ?? started).map { String($0.prefix(10)) } ?? stated }

  /// In whole seconds; nil where the end is before the start, or absurdly late.
  package var duration: Int? {
    guard let start, let end, (0...Self.longest).contains(end - start) else { return nil }
    return Int(exactly: (end - start).rounded())
  }

  /// Such as `2023-10-11 17:33 to 19:02 UTC (1 h 29 min)`.
  var phrase: String? {
    let span = [started, finished].compactMap(\.self).map(Self.minutes)
    let isOneDay = Set(span.map { $0.prefix(10) }).count == 1
    let shown = span.enumerated().map { $0 > 0 && isOneDay ? String($1.suffix(5)) : $1 }
    let length = duration.map { " (\(Self.length($0)))" } ?? ""
    let start = finished == nil ? "started " : started == nil ? "finished " : ""
    let times = span.isEmpty ? nil : start + shown.joined(separator: " to ") + " UTC" + length
    let date = stated.map { times == nil ? $0 : "modelspec.date \($0)" }
    return times == nil ? date : [times, date].compactMap(\.self).joined(separator: ", ")
  }

  /// From 2000 to 2099: other numbers are no times of a training.
  private static let plausible = 946_684_800.0..<4_102_444_800.0
  /// Three years.
  private static let longest = 3.0 * 365 * 86_400

  private static func time(_ text: String?) -> Double? {
    text.flatMap(TrainingEntries.value).flatMap { plausible.contains($0) ? $0 : nil }
  }

  private static func text(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
  }

  /// `2023-10-11 17:33` of `2023-10-11T17:33:54Z`.
  private static func minutes(_ time: String) -> String {
    String(time.prefix(16)).replacing("T", with: " ")
  }

  /// The two largest units of a duration.
  private static func length(_ seconds: Int) -> String {
    let units = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"),
      (seconds % 60, "s"),
    ]
    let shown = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
    return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }
}
