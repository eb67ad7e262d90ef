internal import Formats
internal import LinearAlgebra

/// Keeps the names of all tensors of a file, and changes their type or takes scales into them.
struct Reencoding {
  private let file: SafetensorsFile
  private let options: ConversionOptions

  init(_ file: SafetensorsFile, _ options: ConversionOptions) {
    (self.file, self.options) = (file, options)
  }

  /// All tensors of a file that is no adapter.
  ///
  /// - Throws: `FormatError` for a type that is not converted.
  func tensors() throws(FormatError) -> [ConvertedTensor] {
    try file.header.tensors.map { entry throws(FormatError) in try tensor(entry, times: 1) }
  }

  private func tensor(
    _ entry: TensorEntry, times multiplier: Float
  ) throws(FormatError) -> ConvertedTensor {
    ConvertedTensor(
      name: entry.name.string, dtype: try written(entry), shape: entry.shape,
      content: .stored(entry, multiplier: multiplier))
  }

  /// The tensors of an adapter; numbers beside the factors keep their type.
  func tensors(of adapter: AdapterFile) throws -> [ConvertedTensor] {
    var multipliers: [TensorName: Float] = [:]
    var numbers: [TensorName: Double?] = [:]
    for module in adapter.modules {
      for entry in adapter.scaleTensors(ofStem: module.stem) {
        numbers[entry.name] = .some(.none)
      }
    }
    if options.foldsScale {
      let folding = ScaleFolding(file: adapter, dtype: options.dtype)
      for module in adapter.modules {
        // A bias of factors has the scale of its weight.
        guard module.target.parameter == .weight || module.scale.value == 1 else {
          throw FormatError(
            .unsupported, file: adapter.path, place: "module '\(module.target)'",
            "the scale of a bias cannot be folded", remedy: "leave out --fold-alpha")
        }
        try multipliers.merge(folding.multipliers(of: module)) { first, _ in first }
        guard module.scale.value != 1 || module.scale.source == .quotient else { continue }
        for entry in adapter.scaleTensors(ofStem: module.stem) {
          let isAlpha = entry.name.string.hasSuffix(".alpha")
          numbers[entry.name] = isAlpha ? Double(module.rank ?? 1) : 1
        }
      }
    }
    return try file.header.tensors.map { entry in
      guard let number = numbers[entry.name] else {
        return try tensor(entry, times: multipliers[entry.name] ?? 1)
      }
      return ConvertedTensor(
        name: entry.name.string, dtype: number?.narrowType(entry.dtype) ?? entry.dtype,
        shape: entry.shape, content: number.map { .number($0) } ?? .stored(entry, multiplier: 1))
    }
  }

  private func written(_ entry: TensorEntry) throws(FormatError) -> DType {
    guard let dtype = options.dtype, entry.dtype != dtype else { return entry.dtype }
    if FloatFormat(entry.dtype) != nil { return dtype }
    switch entry.dtype {
    case .bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64: return entry.dtype
    default:
      throw FormatError(
        .unsupported, file: file.path, place: "tensor '\(entry.name)'",
        "is of type \(entry.dtype.rawValue), which is not converted",
        remedy: "leave out --dtype to copy it")
    }
  }
}
