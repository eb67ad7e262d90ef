internal import Formats

/// Finds adapters that are copies of each other, whatever their metadata say.
///
/// Their weights are added before anything is multiplied, so that weights that sum to nothing
/// leave nothing, not the rounding errors of two sums.
struct AdapterTwins {
  /// The first adapter with the same content, for each.
  private let first: [Int]

  init(_ members: [AdapterLibrary.Member], active: [Int]) {
    var first = Array(members.indices)
    for (position, index) in active.enumerated() {
      let own = members[index].file
      let twin = active[..<position].first { Self.areTwins(members[$0].file, own) }
      if let twin { first[index] = first[twin] }
    }
    self.first = first
  }

  private static func areTwins(_ a: AdapterFile, _ b: AdapterFile) -> Bool {
    let (one, other) = (a.tensors.header.tensors, b.tensors.header.tensors)
    guard one == other, a.configHash == b.configHash,
      a.metadata["lora_adapter_metadata"] == b.metadata["lora_adapter_metadata"]
    else { return false }
    return one.allSatisfy { entry in
      (try? a.tensors.withBytes(of: entry) { a in
        try b.tensors.withBytes(of: entry) { b in a.hasSameBytes(as: b) }
      }) ?? false
    }
  }

  /// `parts` of one unit, with one part for all twins, and none for twins that cancel out.
  func joining(_ parts: [FusedModule.Part]) -> [FusedModule.Part] {
    var joined: [(part: FusedModule.Part, multipliers: [Double])] = []
    for part in parts {
      let twin = joined.firstIndex {
        first[$0.part.adapter] == first[part.adapter]
          && $0.part.module.target == part.module.target && $0.part.moves == part.moves
      }
      if let twin {
        joined[twin].part = joined[twin].part.adding(part)
        joined[twin].multipliers.append(part.multiplier)
      } else {
        joined.append((part, [part.multiplier]))
      }
    }
    return joined.filter { !Self.cancelOut($0.multipliers) }.map(\.part)
  }

  /// Whether the sum of `terms` is 0, or would be if decimal fractions had no rounding.
  private static func cancelOut(_ terms: [Double]) -> Bool {
    let size = terms.reduce(0) { $0 + abs($1) }
    return abs(terms.reduce(0, +)) <= size * Double(terms.count - 1) * 0x1p-52
  }
}
