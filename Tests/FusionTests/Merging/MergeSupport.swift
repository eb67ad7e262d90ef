import Formats
import Foundation
import Fusion

/// Merges adapters with given weights, as the command does.
enum TestMerge {
  static func write(
    _ paths: [String], weights: [Double], to output: String,
    options: MergeOptions = MergeOptions(), level: Int? = nil, threads: Int = 2,
    modules: ModuleWeightOptions = ModuleWeightOptions()
  ) throws -> MergePlan {
    let library = try AdapterLibrary(paths: paths, threads: threads)
    var request = WeighingRequest()
    request.method = "linear"
    request.weights = zip(library.names, weights).map { ($0, $1) }
    request.modules = modules
    let weighed = try WeighedLibrary(library, request, threads: threads)
    let plan = try MergePlan(
      library, weights: weighed.moduleWeights, options: options, isBare: true
    ).resolvingRanks(threads: threads)
    let metadata = MergedMetadata(plan, weighed, hashes: paths.map { _ in "" })
    let destination = SafetensorsDestination(place: .file(output), zstdLevel: level)
    _ = try AdapterOutput(plan, metadata: metadata.entries, destination: destination)
      .write(threads: threads) { _, _ in }
    return plan
  }

  static func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lorac-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path
}

/// Writes adapters with kohya names for tests, with values from a fixed generator.
struct SyntheticAdapter {
  struct Module {
    var name: String
    var shape: [Int]
    var rank: Int
    var alpha: Float
  }

  var modules: [Module]
  var dtype = DType.f32
  var seed: UInt64
  var metadata: [String: String] = [:]

  /// Writes the file and returns its path.
  @discardableResult func write(to path: String) throws -> String {
    var tensors: [SafetensorsLayout.Tensor] = []
    for module in modules {
      let ones = module.shape.dropFirst(2).map { _ in 1 }
      tensors += [
        .init(
          name: "\(module.name).lora_down.weight", dtype: dtype,
          shape: [module.rank] + module.shape.dropFirst()),
        .init(
          name: "\(module.name).lora_up.weight", dtype: dtype,
          shape: [module.shape[0], module.rank] + ones),
        .init(name: "\(module.name).alpha", dtype: .f32, shape: []),
      ]
    }
    let layout = try SafetensorsLayout(tensors: tensors, metadata: metadata, file: path)
    let alphas = Dictionary(uniqueKeysWithValues: modules.map { ("\($0.name).alpha", $0.alpha) })
    var state = seed
    var data = Data(layout.header)
    for entry in layout.entries {
      for _ in 0..<entry.elementCount {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let random = Float(Int64(bitPattern: state) >> 33) / Float(1 << 31)
        append(alphas[entry.name.string] ?? random, as: entry.dtype, to: &data)
      }
    }
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  private func append(_ value: Float, as dtype: DType, to data: inout Data) {
    switch dtype {
    case .f16: withUnsafeBytes(of: Float16(value).bitPattern) { data.append(contentsOf: $0) }
    case .bf16:
      withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { data.append(contentsOf: $0) }
    default: withUnsafeBytes(of: value.bitPattern) { data.append(contentsOf: $0) }
    }
  }
}
