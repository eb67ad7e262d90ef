import Formats

/// What a page about a file shows beside the facts that it always shows.
struct InspectParts {
  var listsModules = false
  var listsTensors = false
  var showsMetadata = false
  var hashes: FileHashes?
}
