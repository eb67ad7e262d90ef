/// Files that are read together: an adapter, a PEFT folder, or an index with its shards.
struct FuzzInput {
  /// The path that is read, within the folder of the run.
  let path: String
  /// Every file by its path there.
  let files: [(path: String, bytes: [UInt8])]

  /// A single file of this name.
  init(_ name: String, _ bytes: [UInt8]) {
    path = name
    files = [(name, bytes)]
  }

  init(path: String, files: [(path: String, bytes: [UInt8])]) {
    (self.path, self.files) = (path, files)
  }
}
