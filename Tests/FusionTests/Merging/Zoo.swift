import Formats
import Foundation
import Fusion
import LinearAlgebra
import Testing

/// The corpus of adapters that diffusers, PEFT and LyCORIS wrote, as its manifest lists them.
enum Zoo {
  struct Case: CustomTestStringConvertible, Sendable {
    let id: String
    let path: String
    let expected: String
    let base: String
    let parts: [(id: String, weight: Double)]
    let tolerance: Tolerance
    let isOptional: Bool
    var testDescription: String { id }
  }

  /// The stated tolerance: `absolute + relative · the largest magnitude` of delta or weight.
  struct Tolerance: Sendable {
    var absolute = 0.0
    var relative = 0.0
    var isOfWeight = false

    /// The tolerance of a case; wider for one converter, which multiplies the alpha into the factor in
    /// the type that is stored, where two roundings of binary16 remain.
    init(of entry: JSONValue) {
      self.init(entry["tolerance"]?.stringValue ?? "")
      let writer = entry["writer"]?["call"]?.stringValue ?? ""
      if writer.contains("_convert_mixture_state_dict") { relative = max(relative, 0x1p-10) }
    }

    /// Reads `… <= 1e-6 + 1e-5*max|delta|`, or only one of the two terms.
    init(_ text: String) {
      let terms = text.components(separatedBy: "<=").last?.components(separatedBy: "+") ?? []
      for term in terms {
        let factors = term.components(separatedBy: "*")
        let number = factors[0].trimmingCharacters(in: .whitespaces).split(separator: " ")[0]
        if factors.count > 1 {
          relative = Double(number) ?? .nan
          isOfWeight = factors[1].contains("W")
        } else {
          absolute = Double(number) ?? .nan
        }
      }
    }

    func limit(delta: [Double], weight: SlowTensor?) -> Double {
      absolute + relative * SlowDelta.largest(isOfWeight ? weight?.values ?? [] : delta)
    }
  }

  static let folder = TestMerge.fixtures + "/zoo"

  private static let manifest: JSONValue? = FileManager.default
    .contents(atPath: folder + "/manifest.json")
    .flatMap { try? JSONValue(parsing: Array($0), file: "manifest") }

  static let entries = manifest?["cases"]?.elements ?? []
  static let bases = manifest?["bases"]

  static let cases: [Case] =
    entries
    .filter { $0["kind"]?.stringValue != "bake" }
    .compactMap { entry in
      guard let id = entry["id"]?.stringValue, let expected = entry["expected"]?.stringValue,
        let base = entry["base"]?.stringValue
      else { return nil }
      // A configuration means a PEFT folder.
      let adapter = entry["adapter"]?.stringValue ?? ""
      let peft = "/adapter_model.safetensors"
      let path = adapter.hasSuffix(peft) ? String(adapter.dropLast(peft.count)) : adapter
      return Case(
        id: id, path: "\(folder)/\(path)", expected: "\(folder)/\(expected)", base: base,
        parts: (entry["parts"]?.elements ?? []).map {
          ($0["case"]?.stringValue ?? "", $0["weight"]?.doubleValue ?? .nan)
        }, tolerance: Tolerance(of: entry),
        isOptional: entry["support"]?.stringValue == "optional")
    }

  static let singles = cases.filter(\.parts.isEmpty)
  static let mixes = cases.filter { !$0.parts.isEmpty }

  /// The adapters of a mix, or the one of a single case, with their weights.
  static func adapters(of zoo: Case) throws -> [(path: String, weight: Double)] {
    guard !zoo.parts.isEmpty else { return [(zoo.path, 1)] }
    return try zoo.parts.map { part in
      guard let single = singles.first(where: { $0.id == part.id }) else {
        throw CocoaError(.fileNoSuchFile)
      }
      return (single.path, part.weight)
    }
  }

  /// What the library computed, by the name of the weight.
  static func expected(_ path: String) throws -> [String: SlowTensor] {
    let file = try SafetensorsFile(path: path)
    return try Dictionary(
      uniqueKeysWithValues: file.header.tensors.map {
        ($0.name.string, try SlowTensor($0, in: file))
      })
  }

  /// The key of `target` in the corpus.
  static func name(of target: ModuleTarget) -> String {
    let path = "\(target.path).\(target.parameter.rawValue)"
    return target.component == .model ? path : "\(target.component.rawValue)/\(path)"
  }

  /// The weights of a base in the layout of diffusers.
  struct Base {
    private var files: [String: SafetensorsFile] = [:]

    init(_ name: String) throws {
      for member in manifest?["bases"]?[name]?["components"]?.members ?? [] {
        files[member.key] = try SafetensorsFile(path: "\(folder)/\(member.value.stringValue ?? "")")
      }
    }

    /// Nil where the base has no such weight.
    func weight(_ target: ModuleTarget) throws -> SlowTensor? {
      guard let file = files[target.component.rawValue],
        let entry = file.entry(TensorName("\(target.path).\(target.parameter.rawValue)"))
      else { return nil }
      return try SlowTensor(entry, in: file)
    }

    /// What `module` describes, with its rows in its own order.
    func matrix(for module: AdapterModule) throws -> Matrix {
      let weights = try module.stack.pieces.compactMap { try weight($0.target) }
      guard let stack = SlowDelta.stacked(weights, for: module) else {
        throw CocoaError(.fileNoSuchFile)
      }
      return Matrix(
        rows: stack.rows, columns: stack.columns, elements: stack.values.map { Float($0) })
    }
  }
}
