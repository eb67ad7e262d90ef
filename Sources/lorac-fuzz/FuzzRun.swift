import Formats
import Fusion
import Glibc

/// Reads inputs as the commands do, and checks what must hold of each.
struct FuzzRun {
  /// What must not happen, in words.
  struct Violation: Error { let problem: String }

  /// The folder that inputs are written to, in memory.
  let folder: String

  private static let memoryLimit = 300_000_000
  /// Merging what is larger takes time and shows nothing more.
  private static let mergedByteLimit = 1 << 21

  /// Writes the files of `input`, so that they are there when reading them ends the process.
  func write(_ input: FuzzInput) throws {
    for file in input.files {
      let path = "\(folder)/\(file.path)"
      try Folder.createAll(Folder.split(path).folder)
      guard let stream = fopen(path, "wb") else { throw Violation(problem: "cannot write \(path)") }
      defer { fclose(stream) }
      guard fwrite(file.bytes, 1, file.bytes.count, stream) == file.bytes.count else {
        throw Violation(problem: "cannot write \(path)")
      }
    }
  }

  /// Validates, inspects and merges `input`.
  ///
  /// - Throws: `Violation`.
  func check(_ input: FuzzInput) throws {
    let path = "\(folder)/\(input.path)"
    let quick = FileValidator(isQuick: true, threads: 1).validate(path)
    let full = FileValidator(isQuick: false, threads: 1).validate(path)
    if quick.verdict == .errors, full.verdict != .errors {
      throw Violation(problem: "--quick finds errors that the whole validation does not")
    }
    for finding in full.findings where printable(finding.sentence).contains(where: \.isEscape) {
      throw Violation(problem: "a finding holds an escape")
    }
    let inspection = Result { try FileInspection(path: path) }
    if case .failure(let error) = inspection, !(error is FormatError) {
      throw Violation(problem: "inspecting: \(error)")
    }
    if full.kind != .shards { try checkMerge(path, full) }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let peak = usage.ru_maxrss * 1024
    if peak > Self.memoryLimit { throw Violation(problem: "\(peak) bytes of memory") }
  }

  /// What merging refuses is not sound, and what is sound is merged.
  private func checkMerge(_ path: String, _ validation: FileValidation) throws {
    do {
      let adapter = try AdapterFile(path: path)
      let plan = try MergePlan(
        AdapterLibrary(of: adapter), weights: ModuleWeights([1]), options: MergeOptions(),
        isBare: true)
      let output = try AdapterOutput(
        plan, metadata: [:],
        destination: SafetensorsDestination(place: .file("\(folder)/merged.safetensors")))
      guard output.layout.fileByteCount <= Self.mergedByteLimit else { return }
      _ = try output.write(threads: 1) { _, _ in }
      // A module of alpha 0 is not read by merging; other readers multiply its NaN with 0.
      let isKnown = validation.findings.contains { $0.code == .nonFiniteWeight }
      if validation.verdict == .errors, !isKnown {
        throw Violation(problem: "merges, and is said to have errors: \(validation.findings)")
      }
    } catch let error as FormatError where error.file.hasSuffix("merged.safetensors") {
      // The type or dialect of the output does not hold the sum, which no header tells.
    } catch let violation as Violation {
      throw violation
    } catch  where error is FormatError || error is FusionError {
      if validation.verdict == .ok {
        throw Violation(problem: "is said to be sound, and merging refuses it: \(error)")
      }
    }
  }
}

extension Character {
  fileprivate var isEscape: Bool { unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
}
