package import Formats

/// Everything that decides what a merge writes, and where: two equal requests over files of equal
/// content write equal bytes.
///
/// A command line and a target of a recipe are both read into one, and run by the same code.
package struct MergeRequest: Sendable {
  /// An adapter, or a folder of adapters.
  package struct Adapter: Sendable {
    package var path: String
    /// What the adapter is called in weights, keys and metadata; nil for the file's stem.
    ///
    /// A folder of several adapters has none.
    package var name: String?
    /// Multiplies the weight that the method finds, as does the strength of the whole.
    package var strength = 1.0
    /// What the adapter is about; empty for what its file tells.
    package var keys: [String] = []
    /// Factors by block or module for this adapter, as the JSON of a file of block weights has them for
    /// one adapter: an object of patterns, or the numbers of a preset.
    package var blockWeights: String?

    package init(path: String, name: String? = nil) {
      (self.path, self.name) = (path, name)
    }
  }

  /// The file or folder to write.
  package struct Output: Sendable, Hashable {
    /// Nil, or `-`, for standard output.
    package var path: String?
    /// The zstd level, 1 to 22, of a path that ends in `.zst`.
    package var level = 3
    /// Whether what has the name may be replaced.
    package var replaces = true
    /// Whether folders that are missing above it are made.
    package var makesFolders = false

    package init(path: String? = nil) { self.path = path }
  }

  package var adapters: [Adapter]
  /// The folder that names of adapters are relative to where a path serves as a name; empty for paths
  /// as they are.
  package var folder = ""
  package var reading = AdapterReading()
  package var weighing = WeighingRequest()
  package var options = MergeOptions()
  /// The model to bake into; nil writes an adapter.
  package var base: String?
  /// Whether modules without a place in the base are left out.
  package var allowsUnmatched = false
  package var output = Output()

  package init(adapters: [Adapter]) { self.adapters = adapters }
}
