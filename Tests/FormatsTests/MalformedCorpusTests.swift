import Formats
import Testing

/// The corpus of hostile files, with the verdicts of the reference library.
@Suite struct MalformedCorpusTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let id: String
    let path: String
    let layer: String
    let verdict: String
    var testDescription: String { id }
  }

  static let cases: [Case] = {
    guard let manifest = try? Fixtures.json("zoo/malformed/manifest.json"),
      let entries = manifest["cases"]?.elements
    else { return [] }
    return entries.compactMap { entry in
      guard let id = entry["id"]?.stringValue, let file = entry["file"]?.stringValue,
        let layer = entry["layer"]?.stringValue, let verdict = entry["verdict"]?.stringValue
      else { return nil }
      return Case(id: id, path: Fixtures.path("zoo/\(file)"), layer: layer, verdict: verdict)
    }
  }()

  static let containers = cases.filter { $0.layer == "container" || $0.layer == "compression" }
  static let adapters = cases.filter { $0.layer == "adapter" }

  /// Stricter than the library, where the format's description forbids what it accepts.
  static let stricter: Set<String> = ["duplicate_tensor"]
  /// Faults that show only beside the base model, or in the values of factors.
  static let soundByThemselves: Set<String> = [
    "ad_wrong_in_dim", "ad_only_unknown_modules", "ad_conv_kernel_mismatch",
    "peft_target_not_in_base", "ad_weight_nan", "ad_lokr_wrong_product",
  ]

  @Test func corpusIsThere() {
    #expect(Self.containers.count > 50)
    #expect(Self.adapters.count > 20)
  }

  /// Opens the file and reads every byte of every tensor.
  static func readAll(_ path: String) throws {
    let file = try SafetensorsFile(path: path)
    for entry in file.header.tensors {
      let count = try file.withBytes(of: entry) { $0.byteCount }
      #expect(count == entry.byteRange.count)
    }
  }

  @Test(arguments: containers) func containerVerdictIsThatOfTheLibrary(_ file: Case) throws {
    let isAccepted = file.verdict != "reject" && !Self.stricter.contains(file.id)
    if isAccepted {
      try Self.readAll(file.path)
      return
    }
    let error = #expect(throws: FormatError.self) { try Self.readAll(file.path) }
    #expect(error?.kind == .unacceptable)
    #expect(error?.description.contains("\n") == false)
  }

  @Test(arguments: adapters) func adapterVerdictIsThatOfTheCorpus(_ file: Case) throws {
    if file.verdict == "reject", !Self.soundByThemselves.contains(file.id) {
      let error = #expect(throws: FormatError.self) { try AdapterFile(path: file.path) }
      #expect(error?.kind == .unacceptable || error?.kind == .unsupported)
      return
    }
    let adapter = try AdapterFile(path: file.path)
    #expect(!adapter.modules.isEmpty)
    if file.verdict == "warn", file.id != "ad_unknown_module" {
      #expect(!adapter.warnings.isEmpty)
    }
  }
}
