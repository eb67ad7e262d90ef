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

  /// `parts` of one unit, with one part for all twins.
  func joining(_ parts: [FusedModule.Part]) -> [FusedModule.Part] {
    var joined: [FusedModule.Part] = []
    for part in parts {
      let twin = joined.firstIndex {
        first[$0.adapter] == first[part.adapter] && $0.module.target == part.module.target
          && $0.moves == part.moves
      }
      if let twin {
        joined[twin] = joined[twin].adding(part)
      } else {
        joined.append(part)
      }
    }
    return joined
  }
}
