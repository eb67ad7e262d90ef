import Formats
import Foundation
import Fusion
import Testing

/// Every case of the corpus, baked into every layout of its base.
///
/// The cases are those of the manifest; a new one needs no code.
@Suite struct BakeZooTests {
  /// A layout of a base: its path, and where it keeps what the corpus calls `component/tensor`.
  struct Layout: CustomTestStringConvertible, Sendable {
    let path: String
    let map: String?
    var testDescription: String { (path as NSString).lastPathComponent }
  }

  struct Bake: CustomTestStringConvertible, Sendable {
    let zoo: Zoo.Case
    let layout: Layout
    var testDescription: String { "\(zoo.id) into \(layout.testDescription)" }
  }

  static let bakes = Zoo.cases.flatMap { zoo in
    Zoo.layouts(of: zoo.base).map { Bake(zoo: zoo, layout: $0) }
  }

  @Test func layoutsAreThere() {
    #expect(Zoo.stated.count >= 5)
    #expect(Self.bakes.count >= Zoo.cases.count)
  }

  /// What the libraries' deltas make of the weights that a layout stores, by tensor.
  private static func deltas(_ bake: Bake) throws -> [String: [Double]] {
    let expected = try Zoo.expected(bake.zoo.expected)
    guard let map = bake.layout.map else { return expected.mapValues(\.values) }
    let keys = try JSONValue(parsing: Array(TestMerge.bytes(map)), file: map)
    var deltas: [String: [Double]] = [:]
    let stored = try TestBake.tensors(
      bake.layout.path, base: Checkpoint(path: bake.layout.path))
    for (name, tensor) in expected {
      guard let place = keys[name], let key = place["key"]?.stringValue,
        let count = stored[key]?.entry.elementCount
      else {
        Issue.record("\(name) has no place in \(map)")
        continue
      }
      var delta = deltas[key] ?? [Double](repeating: 0, count: count)
      let values = tensor.values
      switch place["op"]?.stringValue {
      case "rows":
        let start = Int(place["start"]?.doubleValue ?? .nan) * (values.count / tensor.shape[0])
        for (index, value) in values.enumerated() { delta[start + index] += value }
      case "transpose":
        for (index, value) in tensor.transposed.values.enumerated() { delta[index] += value }
      case "swap_halves":
        let half = values.count / 2
        for index in values.indices { delta[(index + half) % values.count] += values[index] }
      default: for (index, value) in values.enumerated() { delta[index] += value }
      }
      deltas[key] = delta
    }
    return deltas
  }

  /// Each element lies between the rounded ends of what the stated tolerance allows, and every tensor
  /// without a delta has the same bytes.
  @Test(arguments: bakes) func sumsAreThoseOfTheLibrary(_ bake: Bake) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out"
      try TestBake.write(Zoo.adapters(of: bake.zoo), base: bake.layout.path, to: output)
      let base = try Checkpoint(path: bake.layout.path)
      let before = try TestBake.tensors(
        base.isFolder ? base.folder : bake.layout.path, base: base)
      let after = try TestBake.tensors(output, base: base)
      let deltas = try Self.deltas(bake)
      for (name, new) in after {
        guard let old = before[name] else {
          Issue.record("\(name) is new")
          continue
        }
        guard let delta = deltas[name] else {
          #expect(new == old, "\(name) changed")
          continue
        }
        let weight = SlowTensor(shape: old.entry.shape, old.values)
        let limit = bake.zoo.tolerance.limit(delta: delta, weight: weight)
        let dtype = old.entry.dtype
        let isRight = zip(zip(weight.values, delta), new.values).allSatisfy { sum, value in
          guard let low = SlowRounding.rounded(sum.0 + sum.1 - limit, dtype),
            let high = SlowRounding.rounded(sum.0 + sum.1 + limit, dtype)
          else { return false }
          return (low...high).contains(value)
        }
        #expect(isRight, "\(name)")
      }
      #expect(Set(deltas.keys).isSubset(of: after.keys))
    }
  }

  /// The cases that state the merged tensors themselves: the same bits, but for ties within the rounding
  /// of Float32.
  @Test(arguments: Zoo.stated) func bitsAreThoseStated(_ stated: Zoo.Stated) throws {
    try TestMerge.withTemporaryFolder { folder in
      let output = "\(folder)/out"
      try TestBake.write(stated.adapters, base: stated.base, to: output)
      let base = try Checkpoint(path: stated.base)
      let before = try TestBake.tensors(base.isFolder ? base.folder : stated.base, base: base)
      let after = try TestBake.tensors(output, base: base)
      let expected = try SafetensorsFile(path: stated.expected)
      var (count, other) = (0, 0)
      for entry in expected.header.tensors {
        let new = try #require(after[entry.name.string])
        let merged = StoredTensor(entry: entry, bytes: try expected.copy(entry))
        #expect(new.entry.dtype == entry.dtype)
        for (a, b) in zip(new.values, merged.values) where a != b {
          other += 1
          #expect(abs(a - b) <= stated.slack(a), "\(entry.name): \(a), expected \(b)")
        }
        count += entry.elementCount
      }
      #expect(Double(other) <= stated.share * Double(count), "\(other) of \(count) differ")
      for (name, old) in before where expected.entry(TensorName(name)) == nil {
        // Files of a folder that do not change are copied by the command.
        if let new = after[name] { #expect(new == old, "\(name) changed") }
      }
    }
  }
}

extension Zoo {
  /// A case that states merged tensors.
  struct Stated: CustomTestStringConvertible, Sendable {
    let id: String
    let adapters: [(path: String, weight: Double)]
    let base: String
    let expected: String
    /// The share of elements that may be the other neighbour of a tie.
    let share: Double
    private let isOfRoundedFactors: Bool
    var testDescription: String { id }

    /// One unit in the last place of `value`, which has at least 8 digits; where a converter rounded the
    /// factors, which lorac does not, as much of the largest delta.
    func slack(_ value: Double) -> Double {
      max(abs(value) * 0x1p-7, isOfRoundedFactors ? 0x1p-10 : 0x1p-24)
    }

    init?(_ entry: JSONValue) {
      guard let id = entry["id"]?.stringValue, let base = entry["base_file"]?.stringValue,
        let expected = entry["expected"]?.stringValue
      else { return nil }
      (self.id, self.base, self.expected) = (id, "\(folder)/\(base)", "\(folder)/\(expected)")
      let parts = (entry["parts"]?.elements ?? []).compactMap { part in
        Zoo.singles.first { $0.id == part["case"]?.stringValue }.map {
          (zoo: $0, weight: part["weight"]?.doubleValue ?? .nan)
        }
      }
      adapters = parts.map { ($0.zoo.path, $0.weight) }
      isOfRoundedFactors = parts.contains { $0.zoo.tolerance.relative >= 0x1p-10 }
      share = isOfRoundedFactors ? 0.01 : 0.005
    }
  }

  static let stated = entries.filter { $0["kind"]?.stringValue == "bake" }.compactMap(Stated.init)

  /// Every layout in which the corpus has the base `name`.
  static func layouts(of name: String) -> [BakeZooTests.Layout] {
    let base = bases?[name]
    var layouts = [BakeZooTests.Layout(path: "\(folder)/bases/\(name)", map: nil)]
    if let single = base?["single_file"]?.stringValue,
      let map = base?["single_file_keymap"]?.stringValue
    {
      layouts.append(.init(path: "\(folder)/\(single)", map: "\(folder)/\(map)"))
    }
    if let index = base?["sharded"]?.stringValue {
      layouts.append(.init(path: "\(folder)/\(index)", map: nil))
    }
    return layouts
  }
}
