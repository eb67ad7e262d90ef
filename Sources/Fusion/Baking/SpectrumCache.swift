package import Formats
internal import LinearAlgebra

/// Singular value decompositions of weights, kept in files between runs.
///
/// A file is called by the SHA-256 of the weight that it is of, and holds that of its own content: one
/// that is damaged is not used, and is written again. Files appear whole or not at all.
package struct SpectrumCache: Sendable {
  private let folder: String

  /// The files are kept in `folder`'s subfolder `spectra`, which is made.
  ///
  /// - Throws: `FormatError` when a folder cannot be made.
  package init(in folder: String) throws(FormatError) {
    try Folder.createAll(folder)
    self.folder = Folder.trimmed(folder) + "/spectra"
    try Folder.createAll(self.folder)
  }

  /// The spectrum of `weight`, which is not empty; computed and kept if it is not there.
  ///
  /// - Throws: `FusionError` for a weight with an element that is not finite.
  func spectrum(of weight: Matrix) throws -> Spectrum {
    let path = "\(folder)/\(Self.key(of: weight)).safetensors"
    if let kept = Self.read(path, rows: weight.rows, columns: weight.columns) { return kept }
    let spectrum = try Spectrum(of: weight)
    // A spectrum that cannot be kept is computed again next time.
    try? Self.write(spectrum, to: path)
    return spectrum
  }

  private static func key(of weight: Matrix) -> String {
    let extents = Array("lorac.spectrum/1 \(weight.rows) \(weight.columns)\n".utf8)
    return weight.withRawBytes { ContentHash.sha256(of: extents, $0) }
  }

  private static let hashField = "lorac.sha256"

  private static func read(_ path: String, rows: Int, columns: Int) -> Spectrum? {
    let count = min(rows, columns)
    guard Folder.isFile(path), let file = try? SafetensorsFile(path: path),
      let expected = file.header.metadata[hashField], file.compression == .none
    else { return nil }
    let end = file.header.tensors.last?.byteRange.upperBound ?? 0
    let hash = try? file.withData(of: 0..<end) { ContentHash.sha256(of: [], $0) }
    guard hash == expected else { return nil }
    func matrix(_ name: TensorName, _ shape: [Int]) -> Matrix? {
      guard let entry = file.entry(name), entry.dtype == .f32, entry.shape == shape,
        let values = try? file.withBytes(of: entry, { HalfPrecision.widen($0, as: .f32) })
      else { return nil }
      return Matrix(rows: shape[0], columns: shape[1], elements: values)
    }
    guard let left = matrix("left", [rows, count]), let right = matrix("right", [count, columns]),
      let entry = file.entry("values"), entry.dtype == .f64, entry.shape == [count],
      let values = try? file.withBytes(
        of: entry,
        { bytes in
          (0..<count).map { Double(bitPattern: bytes.littleEndian64(at: 8 * $0) ?? 0) }
        })
    else { return nil }
    return Spectrum(left: left, values: values, right: right)
  }

  private static func write(_ spectrum: Spectrum, to path: String) throws {
    let (rows, columns, count) = (
      spectrum.left.rows, spectrum.right.columns, spectrum.values.count
    )
    let tensors: [SafetensorsLayout.Tensor] = [
      .init(name: "values", dtype: .f64, shape: [count]),
      .init(name: "left", dtype: .f32, shape: [rows, count]),
      .init(name: "right", dtype: .f32, shape: [count, columns]),
    ]
    // The order of the tensors in the file: by type, then by name.
    var data = spectrum.values.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    data += spectrum.left.withRawBytes { $0.copied() }
    data += spectrum.right.withRawBytes { $0.copied() }
    let layout = try SafetensorsLayout(
      tensors: tensors, metadata: [hashField: ContentHash.sha256(of: data)], file: path)
    let bytes = layout.header + data
    let output = try OutputFile(path: path, byteCount: bytes.count, replaces: true)
    try bytes.withRawBytes { bytes throws(FormatError) in try output.write(bytes, at: 0) }
    try output.commit()
  }
}
