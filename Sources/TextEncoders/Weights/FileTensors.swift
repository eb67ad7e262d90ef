internal import Formats
internal import LinearAlgebra
internal import Synchronization

/// The tensors of one tower in a file, by their names without the prefix that the file gives them.
///
/// It remembers which were asked for: they are what makes one tower differ from another.
package final class FileTensors: TensorSource {
  private let files: WeightFiles
  private let prefix: String
  /// The file that says which shapes to expect, where it is another one.
  private let authority: String?
  private let used = Mutex<[String: FileTensor]>([:])

  /// - Parameters:
  ///   - files: Where the tensors are.
  ///   - prefix: What stands before the names there.
  ///   - authority: The configuration that says which shapes to expect.
  package init(_ files: WeightFiles, prefix: String = "", authority: String? = nil) {
    (self.files, self.prefix, self.authority) = (files, prefix, authority)
  }

  /// The tensors that were asked for, by name.
  var usedTensors: [(name: String, tensor: FileTensor)] {
    used.withLock { used in used.map { ($0.key, $0.value) } }.sorted { $0.name < $1.name }
  }

  package func contains(_ name: String) -> Bool { files.contains(prefix + name) }

  /// The extents of `name`; throws if it is missing or has not as many as `rank`.
  func shape(of name: String, rank: Int) throws(TextEncoderError) -> [Int] {
    guard let (file, entry) = files.tensor(prefix + name) else { throw missing(name) }
    // What lorac computes with these extents has to stay within an Int.
    guard entry.shape.count == rank, entry.shape.allSatisfy({ 1...1 << 20 ~= $0 }) else {
      throw Self.fault(
        file, entry, "its shape is \(entry.shape), expected \(rank) extents from 1 to \(1 << 20)")
    }
    return entry.shape
  }

  package func matrix(
    _ name: String, rows: Int, columns: Int
  ) throws(TextEncoderError) -> StoredMatrix {
    StoredMatrix(rows: rows, columns: columns, try tensor(name, shape: [rows, columns]))
  }

  package func vector(_ name: String, count: Int) throws(TextEncoderError) -> [Float] {
    let tensor = try tensor(name, shape: [count])
    var values = [Float](repeating: 0, count: count)
    try TextEncoderError.converting { try tensor.widen(rows: 0..<1, of: count, into: &values) }
    return values
  }

  private func tensor(_ name: String, shape: [Int]) throws(TextEncoderError) -> FileTensor {
    guard let (file, entry) = files.tensor(prefix + name) else { throw missing(name) }
    guard let encoding = WeightEncoding(entry.dtype) else { throw unreadable(file, entry) }
    guard entry.shape == shape else {
      let source = authority.map { "which \(printable($0)) asks for" }
      let expected = ["\(shape)", source].compactMap(\.self).joined(separator: ", ")
      throw Self.fault(file, entry, "its shape is \(entry.shape), expected \(expected)")
    }
    let scales = try scales(of: entry, encoding, rows: shape.count > 1 ? shape[0] : 1)
    let tensor = FileTensor(file: file, entry: entry, encoding: encoding, scales: scales)
    used.withLock { $0[name] = tensor }
    return tensor
  }

  /// The factors of a tensor of eight bits: one, or one for each row.
  ///
  /// They are in a tensor beside `NAME.weight` called `NAME.scale_weight` or `NAME.weight_scale`;
  /// files that have them are marked by a tensor `scaled_fp8`.
  private func scales(
    of entry: TensorEntry, _ encoding: WeightEncoding, rows: Int
  ) throws(TextEncoderError) -> [Float] {
    let name = entry.name.string
    guard case .float8 = encoding, name.hasSuffix(".weight") else { return [] }
    let stem = name.dropLast("weight".count)
    for suffix in ["scale_weight", "weight_scale"] {
      guard let (file, scale) = files.tensor(stem + suffix) else { continue }
      guard let scaleEncoding = WeightEncoding(scale.dtype), case .float = scaleEncoding,
        scale.elementCount == 1 || scale.elementCount == rows
      else {
        throw Self.fault(
          file, scale, "is \(scale.dtype.rawValue) \(scale.shape), expected 1 or \(rows) factors")
      }
      var values = [Float](repeating: 0, count: scale.elementCount)
      let tensor = FileTensor(file: file, entry: scale, encoding: scaleEncoding)
      try TextEncoderError.converting {
        try tensor.widen(rows: 0..<1, of: values.count, into: &values)
      }
      return values
    }
    if entry.shape.count > 1, let mark = files.firstName(where: { $0.hasSuffix("scaled_fp8") }) {
      throw TextEncoderError(
        .file(
          FormatError(
            .unacceptable, file: files.path, place: "tensor '\(entry.name)'",
            "has no scale beside it, '\(printable(String(stem)))scale_weight', "
              + "though '\(printable(mark))' says that weights have one")))
    }
    return []
  }

  private func missing(_ name: String) -> TextEncoderError {
    let source = authority.map { ", which \(printable($0)) asks for" } ?? ""
    return TextEncoderError(
      .file(
        FormatError(
          .unacceptable, file: files.path, place: "tensor '\(printable(prefix + name))'",
          "is missing" + source)))
  }

  /// The error for a type that no tower computes with.
  private func unreadable(_ file: SafetensorsFile, _ entry: TensorEntry) -> TextEncoderError {
    let name = entry.name.string
    let stem = name.hasSuffix("weight") ? String(name.dropLast("weight".count)) : name
    let mark = ["\(name).absmax", "\(stem)SCB"].first { files.contains($0) }
    let kind = mark.map { " and quantised by bitsandbytes ('\(printable($0))' is beside it)" }
    return Self.fault(
      file, entry, "is \(entry.dtype.rawValue)\(kind ?? ""), expected F32, F16, BF16 or F8",
      hint: "use the model's F32, F16 or BF16 weights")
  }

  private static func fault(
    _ file: SafetensorsFile, _ entry: TensorEntry, _ problem: String, hint: String? = nil
  ) -> TextEncoderError {
    TextEncoderError(
      .file(
        FormatError(
          .unacceptable, file: file.path, place: "tensor '\(entry.name)'", problem, remedy: hint)))
  }
}
