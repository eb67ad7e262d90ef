/// The members of a header's object, as they are read.
struct HeaderBody {
  let file: String
  private(set) var tensors: [TensorEntry] = []
  private(set) var metadata: [String: String]?
  private(set) var notes: [Finding] = []
  /// Whether every entry could be read.
  private(set) var isComplete = true
  private var names: Set<TensorName> = []

  init(file: String) { self.file = file }

  /// Reads the value of `key`.
  ///
  /// - Throws: what ends the reading, as the next member cannot be found; other faults go to `log`.
  mutating func read(
    _ key: String, from scanner: inout JSONScanner, log: inout FaultLog
  ) throws(FormatError) {
    if TensorName(key) == "__metadata__" {
      let isRepeated = metadata != nil
      if isRepeated {
        try log.report(scanner.fault("__metadata__ occurs twice", code: .duplicateField))
      }
      try readMetadata(from: &scanner, log: &log)
      return
    }
    guard let entry = try Self.entry(named: TensorName(key), from: &scanner, log: &log) else {
      isComplete = false
      return
    }
    guard names.insert(entry.name).inserted else {
      isComplete = false
      return try log.report(
        .unacceptable(
          file, place: "tensor '\(entry.name)'", "the name occurs twice in the header",
          code: .duplicateTensor))
    }
    tensors.append(entry)
  }

  private mutating func readMetadata(
    from scanner: inout JSONScanner, log: inout FaultLog
  ) throws(FormatError) {
    var values: [String: String] = [:]
    defer { metadata = values }
    if try scanner.acceptNull() { return }
    try scanner.object { scanner, key throws(FormatError) in
      guard try scanner.peek() == UInt8(ascii: "\"") else {
        try log.report(
          scanner.fault(
            "the metadata value of '\(printable(key))' is not a string", code: .metadataValue))
        return try scanner.skipValue()
      }
      let isRepeated = values.updateValue(try scanner.string(), forKey: key) != nil
      guard isRepeated else { return }
      notes.append(
        Finding(
          .repeatedMetadata, place: "metadata '\(printable(key))'",
          "occurs twice; the last value counts"))
    }
  }

  /// Nil where the entry has a fault that `log` was told.
  private static func entry(
    named name: TensorName, from scanner: inout JSONScanner, log: inout FaultLog
  ) throws(FormatError) -> TensorEntry? {
    var (dtype, shape, offsets): (DType?, [Int]?, [Int]?)
    var isSound = true
    try scanner.object { scanner, field throws(FormatError) in
      let isRepeated =
        switch field {
        case "dtype": dtype != nil
        case "shape": shape != nil
        case "data_offsets": offsets != nil
        default: false
        }
      if isRepeated {
        isSound = false
        try log.report(
          scanner.fault("'\(field)' of '\(name)' occurs twice", code: .duplicateField))
      }
      switch field {
      case "dtype":
        let spelling = try scanner.string()
        dtype = DType(rawValue: spelling)
        guard dtype == nil else { return }
        isSound = false
        try log.report(
          scanner.fault(
            "tensor '\(name)' has the unknown dtype '\(printable(spelling))'", code: .unknownType))
      case "shape": shape = try scanner.integers(limit: SafetensorsHeader.dimensionLimit)
      case "data_offsets": offsets = try scanner.integers(limit: SafetensorsHeader.dimensionLimit)
      default: try scanner.skipValue()
      }
    }
    guard isSound else { return nil }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      try log.report(
        scanner.fault(
          "tensor '\(name)' lacks its dtype, shape or two data_offsets", code: .headerEntry))
      return nil
    }
    guard offsets[0] <= offsets[1] else {
      try log.report(
        scanner.fault("tensor '\(name)' ends before it begins", code: .dataOffsets))
      return nil
    }
    return TensorEntry(name: name, dtype: dtype, shape: shape, byteRange: offsets[0]..<offsets[1])
  }
}
