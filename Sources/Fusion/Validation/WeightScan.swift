internal import Formats
internal import LinearAlgebra
internal import Synchronization
internal import Workers

/// Every byte of a file's tensors, looked at for what is no number, and for compressed data that
/// cannot be decoded.
struct WeightScan {
  let findings: [Finding]
  /// The tensors that hold nothing but zeros.
  private let zeroTensors: Set<TensorName>

  /// The bytes of the file that may stay in memory after they were read.
  private static let residentByteCount = 16 << 20

  /// - Parameters:
  ///   - file: the file to look at.
  ///   - weights: the tensors that must hold numbers; nil for all but single numbers.
  ///   - threads: how many cores to use.
  init(_ file: SafetensorsFile, weights: Set<TensorName>?, threads: Int) {
    let tensors = file.header.tensors
    let zeros = Mutex<Set<Int>>([])
    let faults = Mutex<[Int: Finding]>([:])
    // Findings are data here, so nothing is thrown, and every tensor is looked at.
    try? parallelForEach(count: tensors.count, threads: threads) { index in
      let entry = tensors[index]
      let isWeight = weights?.contains(entry.name) ?? (entry.elementCount > 1)
      switch Self.look(at: entry, isWeight: isWeight, in: file) {
      case .sound: break
      case .zero: _ = zeros.withLock { $0.insert(index) }
      case .fault(let finding): faults.withLock { $0[index] = finding }
      }
      file.release(entry, inBatchesOf: Self.residentByteCount)
    }
    let found = faults.withLock { $0 }
    findings = Self.withoutRepeats(found.sorted { $0.key < $1.key }.map(\.value))
    zeroTensors = zeros.withLock { indices in Set(indices.map { tensors[$0].name }) }
  }

  /// What modules change nothing, because a factor of a product is zero throughout.
  func modulesWithoutEffect(_ modules: [AdapterModule]) -> [Finding] {
    guard !zeroTensors.isEmpty else { return [] }
    let void = modules.filter { module in
      !module.algorithm.needsBase && module.tensors.contains { zeroTensors.contains($0.name) }
    }
    guard let first = void.first else { return [] }
    let others = void.count == 1 ? "" : ", as in \(void.count - 1) more of \(modules.count) modules"
    return [
      Finding(
        .noEffect, place: "'\(printable(first.stem))'",
        "has a factor that is zero throughout, and so no effect\(others)")
    ]
  }

  private enum Look { case sound, zero, fault(Finding) }

  private static func look(
    at entry: TensorEntry, isWeight: Bool, in file: SafetensorsFile
  ) -> Look {
    do {
      return try file.withBytes(of: entry) { bytes in
        guard isWeight, let format = FloatFormat(entry.dtype) else { return .sound }
        if let element = firstNonFinite(bytes, as: format) {
          return .fault(
            Finding(
              .nonFiniteWeight, place: "tensor '\(entry.name)'",
              "element \(element) is NaN or infinite: the training diverged, or the file is damaged"
            ))
        }
        return entry.elementCount > 1
          && bytes.isZero(inElementsOf: max(1, entry.dtype.bitCount / 8)) ? .zero : .sound
      }
    } catch let error as FormatError {
      return .fault(Finding(error, path: file.path))
    } catch {
      return .fault(Finding(.readFailed, place: "tensor '\(entry.name)'", "\(error)"))
    }
  }

  /// A damaged frame is found by every tensor in it.
  private static func withoutRepeats(_ findings: [Finding]) -> [Finding] {
    var seen: Set<Finding> = []
    return findings.filter { seen.insert($0).inserted }
  }
}
