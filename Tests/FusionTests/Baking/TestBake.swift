import Formats
import Foundation
import Fusion
import LinearAlgebra

/// Bakes adapters with given weights, as the command does.
enum TestBake {
  struct Outcome {
    let plan: BakePlan
    let result: BakeOutput.Result
  }

  /// Writes the files of `base` that change to `output`: a file, or, for a folder, a folder to be.
  @discardableResult static func write(
    _ adapters: [(path: String, weight: Double)], base: String, to output: String,
    allowsUnmatched: Bool = false, level: Int? = nil, cache: String? = nil, threads: Int = 2
  ) throws -> Outcome {
    let library = try AdapterLibrary(paths: adapters.map(\.path), threads: threads)
    var request = WeighingRequest()
    request.method = "linear"
    request.weights = zip(library.names, adapters.map(\.weight)).map { ($0, $1) }
    let weighed = try WeighedLibrary(library, request, threads: threads)
    let checkpoint = try Checkpoint(path: base)
    let plan = try BakePlan(
      library, weights: weighed.moduleWeights, into: checkpoint,
      allowsUnmatched: allowsUnmatched)
    let hashes = InputHashes(library, base: checkpoint)
    let planned = BakedMetadata(plan, weighed, hashes: hashes.placeholders)
    let spectra = try cache.map { try SpectrumCache(in: $0) }
    let written = try BakeOutput(plan, metadata: planned, spectra: spectra) { index in
      guard checkpoint.isFolder else {
        return SafetensorsDestination(place: .file(output), zstdLevel: level)
      }
      let path = "\(output)/\(checkpoint.files[index].name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      return SafetensorsDestination(place: .file(path), zstdLevel: level)
    }
    let result = try written.write(
      threads: threads,
      metadata: {
        try hashes.finish(threads: threads)
        return BakedMetadata(plan, weighed, hashes: hashes.digests)
      }, progress: { _, _ in })
    return Outcome(plan: plan, result: result)
  }

  /// The tensors of a file, or of those of the files of `base` that `output` has, by the name of the
  /// part of the model and their own.
  static func tensors(_ output: String, base: Checkpoint) throws -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for file in base.files {
      let path = base.isFolder ? "\(output)/\(file.name)" : output
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let part = (file.name as NSString).deletingLastPathComponent
      let prefix = base.isFolder && !part.isEmpty ? part + "/" : ""
      let opened = try SafetensorsFile(path: path)
      for entry in opened.header.tensors {
        tensors[prefix + entry.name.string] = StoredTensor(
          entry: entry, bytes: try opened.copy(entry))
      }
    }
    return tensors
  }
}

/// A tensor as it is stored.
struct StoredTensor: Equatable {
  let entry: TensorEntry
  let bytes: [UInt8]

  static func == (a: StoredTensor, b: StoredTensor) -> Bool {
    (a.entry.dtype, a.entry.shape) == (b.entry.dtype, b.entry.shape) && a.bytes == b.bytes
  }

  var values: [Double] {
    let size = bytes.count / max(1, entry.elementCount)
    return (0..<entry.elementCount).map { index in
      let bits = (0..<size).reduce(UInt64(0)) { $0 | UInt64(bytes[index * size + $1]) << (8 * $1) }
      return SlowRounding.value(bits, entry.dtype)
    }
  }
}

/// Stored numbers to values and back, as their definitions say.
enum SlowRounding {
  static func value(_ bits: UInt64, _ dtype: DType) -> Double {
    switch dtype {
    case .f32: Double(Float(bitPattern: UInt32(bits)))
    case .f16: Double(Float16(bitPattern: UInt16(bits)))
    case .bf16: Double(Float(bitPattern: UInt32(bits) << 16))
    case .f8e4m3: eightBits(Int(bits), exponentBits: 4, bias: 7)
    case .f8e5m2: Double(Float16(bitPattern: UInt16(bits) << 8))
    default: .nan
    }
  }

  private static func eightBits(_ byte: Int, exponentBits: Int, bias: Int) -> Double {
    let digits = 7 - exponentBits
    let (exponent, fraction) = (byte >> digits & (1 << exponentBits - 1), byte & (1 << digits - 1))
    guard byte & 127 != 127 else { return .nan }
    let significand = Double(fraction) / Double(1 << digits)
    let magnitude =
      exponent == 0
      ? significand * exp2(Double(1 - bias)) : (1 + significand) * exp2(Double(exponent - bias))
    return byte < 128 ? magnitude : -magnitude
  }

  /// The nearest value of `dtype`, the one with an even last bit of two; nil beyond the largest.
  static func rounded(_ value: Double, _ dtype: DType) -> Double? {
    if dtype == .f32 { return Float(value).isFinite ? Double(Float(value)) : nil }
    let (digits, least, largest): (Int, Int, Double) =
      switch dtype {
      case .f16: (10, -14, 65504)
      case .bf16: (7, -126, 0x1.fep127)
      case .f8e4m3: (3, -6, 448)
      default: (2, -14, 57344)
      }
    guard value != 0 else { return value }
    let exponent = max(Int(value.exponent), least)
    let unit = exp2(Double(exponent - digits))
    let result = (value / unit).rounded(.toNearestOrEven) * unit
    return abs(result) <= largest ? result : nil
  }
}
