package import Fusion

/// What a report says of one fusion; parts that are not known are nil or empty and not shown.
package struct ReportTarget: Sendable {
  package enum Status: Sendable, Hashable {
    /// Only the weights were asked for.
    case weighed
    /// Nothing was written, as nothing was to be.
    case planned
    case written
    /// What was there is what would be written.
    case unchanged
    case failed(String)
  }

  /// The file, or folder, that was or would be written.
  package struct Output: Sendable {
    package var file: String
    /// Nil where it is not known, as before a rank by energy is found.
    package var byteCount: Int?
    package var sha256: String?
    /// Such as `safetensors.zst`.
    package var container: String?
    package var dialect: String?
    package var dtype: String?
    package var moduleCount: Int?

    package init(file: String) { self.file = file }
  }

  package struct Rank: Sendable {
    /// As in `--rank`.
    package var request: String
    package var range: ClosedRange<Int>?
    /// The share of the squared Frobenius norm that was kept.
    package var keptEnergy: Double?

    package init(request: String) { self.request = request }
  }

  package struct Adapter: Sendable {
    package var name: String
    package var weight: Double
    package var key: [String] = []
    package var keySource: String?

    package init(name: String, weight: Double) { (self.name, self.weight) = (name, weight) }
  }

  /// What a prompt made of the adapters; lists have one element per adapter.
  package struct Prompt: Sendable {
    package var text: String
    /// The text as the encoder read it.
    package var embedded: String
    package var weight = 1.0
    package var cosines: [Double]
    package var shares: [Double]
    package var weights: [Double]
    /// Trigger words that it holds, with their adapters.
    package var triggers: [(adapter: String, word: String)] = []

    package init(text: String, cosines: [Double], shares: [Double], weights: [Double]) {
      (self.text, embedded) = (text, text)
      (self.cosines, self.shares, self.weights) = (cosines, shares, weights)
    }
  }

  /// A file that was read.
  package struct Input: Sendable {
    /// Such as `adapter` or `base`.
    package var role: String
    package var name: String
    package var file: String
    package var sha256: String?
    package var moduleCount: Int?

    package init(role: String, name: String, file: String) {
      (self.role, self.name, self.file) = (role, name, file)
    }
  }

  package var name: String
  package var status: Status
  package var output: Output?
  package var rank: Rank?
  /// `‖rounded − exact‖ / ‖delta‖`, of a bake.
  package var roundingLoss: Double?
  package var adapters: [Adapter] = []
  package var prompts: [Prompt] = []
  package var effectiveAdapters: Double?
  package var statistics: FusedStatistics?
  /// Modules without a place in the base.
  package var unmatched: [String] = []
  package var inputs: [Input] = []
  /// How the result came about: names of options, or of what was decided, and their values.
  package var settings: [(name: String, value: String)] = []
  package var warnings: [String] = []
  package var notes: [String] = []

  package init(name: String, status: Status) { (self.name, self.status) = (name, status) }
}
