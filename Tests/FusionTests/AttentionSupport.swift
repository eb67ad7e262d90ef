import Fusion

/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// `[count, dimension]`, components between -1 and 1.
  mutating func rows(_ count: Int, _ dimension: Int) -> [[Float]] {
    (0..<count).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &self) } }
  }

  /// Rows around a few common directions, as keys of one library are.
  mutating func clusteredRows(_ count: Int, _ dimension: Int, clusters: Int) -> [[Float]] {
    let centers = rows(clusters, dimension)
    return (0..<count).map { index in
      zip(centers[index % clusters], rows(1, dimension)[0]).map { 0.8 * $0 + $1 }
    }
  }
}

/// Rows of the identity, so that a query's components are its cosines.
func basis(_ count: Int) -> [[Float]] {
  (0..<count).map { row in (0..<count).map { $0 == row ? 1 : 0 } }
}

/// A unit query with the given cosines to `basis(cosines.count + 1)`'s first vectors.
func query(_ cosines: [Double]) -> [Float] {
  let rest = 1 - cosines.reduce(0) { $0 + $1 * $1 }
  precondition(rest >= 0)
  return (cosines + [rest.squareRoot()]).map { Float($0) }
}

/// `basis` with a component more, which `query` fills.
func keys(_ count: Int) -> [[Float]] { basis(count + 1).dropLast().map(\.self) }

func isClose(_ first: [Double], _ second: [Double], _ tolerance: Double = 1e-6) -> Bool {
  first.count == second.count
    && zip(first, second).allSatisfy { ($0 - $1).magnitude <= tolerance }
}

extension EncoderTraits {
  static let sentence = EncoderTraits(temperature: 0.05, poorCosine: 0.25, attention: .sparse)
  static let clip = EncoderTraits(temperature: 0.01, poorCosine: nil, attention: .softmax)
}

/// A request of attention; each prompt is a query with its own vector as its only span.
struct Scene {
  var names: [String] = []
  var keys: [[Float]] = []
  var queries: [[Float]] = []
  var texts: [String]?
  var promptWeights: [Double]?
  var triggers: [[String]]?
  var given: [Double?]?
  var strength = 1.0
  var options = AttentionOptions()
  var encoder = EncoderTraits(temperature: 0.05, poorCosine: nil, attention: .softmax)
  var deltas: DeltaGram?
  var threads = 1

  init(_ keys: [[Float]], _ queries: [[Float]]) {
    (self.keys, self.queries) = (keys, queries)
    names = keys.indices.map { "a\($0)" }
  }

  func weights() throws -> FusionWeights {
    let prompts = try PromptSet(
      queries.indices.map {
        let text = texts?[$0] ?? "p\($0)"
        return .init(text: text, embedded: text, weight: promptWeights?[$0] ?? 1)
      })
    let input = AttentionInput(
      prompts: prompts, queries: try UnitVectors(queries),
      spans: try queries.map { try UnitVectors([$0]) }, keys: try UnitVectors(keys),
      triggers: triggers ?? keys.map { _ in [] }, encoder: encoder, options: options,
      deltas: deltas)
    return try FusionMethod.named("attention").weights(
      for: FusionRequest(
        adapters: names, givenWeights: given, strength: strength, attention: input,
        threads: threads))
  }
}
