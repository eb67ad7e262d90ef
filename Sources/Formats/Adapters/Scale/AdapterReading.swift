/// How the scales of adapters are read where files do not tell them rightly.
package struct AdapterReading: Sendable, Hashable {
  /// Whether modules that were trained in parts get the scale that they had in training:
  /// ``SplitTraining``.
  package var fixesSplitAlpha = false
  /// The scale of LoKr modules whose two matrices are both whole; nil for 1.
  ///
  /// Trainers store any alpha beside those, and most mean 1. Source: ComfyUI, issue 15114.
  package var lokrScale: Double?

  package init() {}

  /// `modules` of `file` with their scales so.
  func rescaled(
    _ modules: [AdapterModule], of file: SafetensorsFile
  ) throws(FormatError) -> [AdapterModule] {
    var modules = modules
    if let lokrScale {
      for index in modules.indices where modules[index].isWholeLoKr {
        modules[index].multiplyScale(by: lokrScale)
      }
    }
    if fixesSplitAlpha {
      let training = SplitTraining(file)
      for index in modules.indices {
        guard let count = try training.partCount(of: modules[index]) else { continue }
        modules[index].multiplyScale(by: Double(count))
      }
    }
    return modules
  }
}

extension AdapterModule {
  /// Whether the module is a LoKr of two whole matrices, with a scale that nothing told.
  fileprivate var isWholeLoKr: Bool {
    var algorithm = algorithm
    if case .dora(let dora) = algorithm { algorithm = dora.direction }
    guard case .lokr(let lokr) = algorithm else { return false }
    return lokr.rank == nil && scale.source == .inherent
  }
}
