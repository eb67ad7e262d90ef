import Formats
import Fusion

/// What a page about a file shows beside the facts that it always shows.
struct InspectParts {
  var listsModules = false
  var listsTensors = false
  var showsMetadata = false
  /// Of each file, in order.
  var hashes: [FileHashes]?
  var statistics: DeltaStatistics?
}
