internal import Formats

/// The names that one with a mistake in it may have been meant as.
struct NearestNames {
  let names: [ModuleTarget]

  private static let count = 3

  /// Looks among `targets` of the same part of the model first, by Levenshtein's distance.
  init(to target: ModuleTarget, in targets: [ModuleTarget]) {
    let alike = targets.filter { $0.parameter == target.parameter }
    let own = alike.filter { $0.component == target.component }
    let path = Array(target.path.utf8)
    let ranked = (own.isEmpty ? alike : own)
      .map { (target: $0, distance: EditDistance.between(path, Array($0.path.utf8))) }
      .sorted { ($0.distance, $0.target) < ($1.distance, $1.target) }
    names = ranked.prefix(Self.count).map(\.target)
  }
}
