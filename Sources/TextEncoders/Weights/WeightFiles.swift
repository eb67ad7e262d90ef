package import Formats

/// The tensors of a model: one safetensors file, or several that an index names.
package struct WeightFiles: Sendable {
  /// What errors call the whole.
  package let path: String
  /// The files in the order of their names.
  package let files: [SafetensorsFile]

  /// A single file, plain or zstd-compressed.
  package init(file path: String) throws(TextEncoderError) {
    self.path = path
    do {
      files = [try SafetensorsFile(path: path)]
    } catch {
      throw TextEncoderError(.file(error))
    }
  }

  /// The files in the same folder that an index lists: `{"weight_map": {TENSOR: FILE}}`.
  package init(index path: String) throws(TextEncoderError) {
    self.path = path
    let index = try ConfigFile(path: path)
    guard let map = index["weight_map"]?.members else {
      throw index.fault("has no object 'weight_map'")
    }
    var names: Set<String> = []
    for member in map {
      guard let name = member.value.stringValue, !name.contains("/"), !name.isEmpty else {
        throw index.fault("'weight_map' names no file for '\(printable(member.key))'")
      }
      names.insert(name)
    }
    let folder = Folder.split(path).folder
    var files: [SafetensorsFile] = []
    for name in names.sorted() { files += try WeightFiles(file: "\(folder)/\(name)").files }
    self.files = files
  }

  package func tensor(_ name: String) -> (file: SafetensorsFile, entry: TensorEntry)? {
    for file in files {
      if let entry = file.entry(TensorName(name)) { return (file, entry) }
    }
    return nil
  }

  func contains(_ name: String) -> Bool { tensor(name) != nil }

  /// One more than the largest number that follows `prefix` in a name; 0 if there is none.
  func count(ofNumbersAfter prefix: String) -> Int {
    var count = 0
    for file in files {
      for entry in file.header.tensors where entry.name.string.hasPrefix(prefix) {
        let digits = entry.name.string.utf8.dropFirst(prefix.utf8.count)
          .prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if let number = Int(String(digits) ?? ""), number < 1 << 20 {
          count = max(count, number + 1)
        }
      }
    }
    return count
  }

  /// The first tensor whose name satisfies `condition`.
  func firstName(where condition: (String) -> Bool) -> String? {
    for file in files {
      for entry in file.header.tensors where condition(entry.name.string) {
        return entry.name.string
      }
    }
    return nil
  }
}
