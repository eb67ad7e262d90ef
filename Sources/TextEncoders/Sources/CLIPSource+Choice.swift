internal import Formats

extension CLIPSource {
  /// The towers to use of `towers`, at least one: those that `choice` names, else the one with a
  /// trained projection, the largest of several.
  static func choice(
    _ choice: TowerChoice?, of towers: [CLIPSource]
  ) throws(TextEncoderError) -> [CLIPSource] {
    func tower(_ slot: TowerSlot) throws(TextEncoderError) -> CLIPSource {
      if let tower = towers.first(where: { $0.slot == slot }) { return tower }
      let found = towers.map { "'\($0.slot.rawValue)'" }.joined(separator: " and ")
      throw TextEncoderError(
        .options(
          problem: "\(printable(towers[0].files.path)) has no text tower '\(slot.rawValue)', only "
            + found,
          hint: "leave out --encoder-tower"))
    }
    switch choice {
    case .l: return [try tower(.l)]
    case .g: return [try tower(.g)]
    case .both: return [try tower(.l), try tower(.g)]
    case nil:
      let bySize = [TowerSlot.g, .h, .l]
      let projected = bySize.lazy.compactMap { slot in
        towers.first { $0.slot == slot && $0.hasProjection }
      }
      return [projected.first ?? towers[0]]
    }
  }
}
