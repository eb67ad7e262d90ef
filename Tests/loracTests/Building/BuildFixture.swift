import Formats
import Foundation
import Testing

/// A folder with small adapters and a recipe.
struct BuildFixture {
  let folder: String

  static let names = ["heart", "star", "neon", "ink"]
  static let keys = [
    "heart": "a love heart shape", "star": "a five pointed star",
    "neon": "glowing neon sign style", "ink": "black ink drawing style",
  ]

  /// Targets of every kind.
  static let targets = """
    targets:
      - name: plain
        prompts: [a heart in neon sign style]
        output: out/plain.safetensors
      - name: packed
        prompts: [a star drawn in ink, a star]
        rank: 2
        dtype: F32
        output: out/packed.safetensors.zst
        level: 5
      - name: soft
        prompts: [a heart and a star]
        attention: softmax
        topK: 2
        output: out/soft.safetensors
      - name: fixed
        method: linear
        weights: {heart: 0.5, neon: -0.25}
        adapters: [heart, neon]
        strength: 2
        output: out/fixed.safetensors
      - name: folder
        method: linear
        adapters: [ink, star]
        dialect: peft
        output: out/folder/

    """

  static func recipe(_ targets: String = targets) -> String {
    "adapters:\n" + names.map { "  - file: adapters/\($0).safetensors\n" }.joined() + targets
  }

  /// Adapters of `rank`, with numbers that only their names decide, and the recipe.
  init(in folder: String, recipe: String = recipe()) throws {
    self.folder = folder
    try FileManager.default.createDirectory(
      atPath: "\(folder)/adapters", withIntermediateDirectories: true)
    for name in Self.names { try writeAdapter(name) }
    try write(recipe, to: "lorac.yaml")
  }

  func writeAdapter(_ name: String, seed: UInt32 = 0) throws {
    var tensors: [SafetensorsLayout.Tensor] = []
    for index in 0..<6 {
      let module = "lora_unet_down_blocks_\(index % 3)_attentions_\(index / 3)_proj_in"
      tensors += [
        .init(name: "\(module).lora_down.weight", dtype: .f16, shape: [4, 48]),
        .init(name: "\(module).lora_up.weight", dtype: .f16, shape: [32, 4]),
      ]
    }
    let layout = try SafetensorsLayout(
      tensors: tensors,
      metadata: ["modelspec.title": name, "modelspec.description": Self.keys[name] ?? name],
      file: name)
    var state = name.utf8.reduce(seed &* 7919) { $0 &* 31 &+ UInt32($1) }
    let values = (0..<layout.dataByteCount / 2).map { _ -> UInt16 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return 0x2800 | UInt16(state >> 17) & 0x83FF
    }
    var data = Data(layout.header)
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(fileURLWithPath: "\(folder)/adapters/\(name).safetensors"))
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  func lorac(_ arguments: String...) throws -> LoracProcess {
    try LoracProcess.run(arguments, in: folder)
  }

  /// Runs `lorac build` with `arguments`, and returns how many targets it built.
  @discardableResult func build(_ arguments: String...) throws -> Int {
    let result = try LoracProcess.run(["build", "--json"] + arguments, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return try Int(result.json()["built"]?.doubleValue ?? -1)
  }

  /// The bytes of all files below `out`, by name.
  func outputs() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try Folder.files(below: "\(folder)/out") {
      found[name] = FileManager.default.contents(atPath: "\(folder)/out/\(name)")
    }
    return found
  }

  func stamp(_ name: String) -> FileStamp? { FileStamp(ofFile: "\(folder)/\(name)") }

  /// The names of all files below the folder that no build should leave.
  func leftovers() throws -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    return all.filter { $0.contains(".lorac-") }
  }
}

/// Calls `body` with the adapters and the recipe in a folder that is gone afterwards.
func withBuild<Result>(
  _ recipe: String = BuildFixture.recipe(), _ body: (BuildFixture) throws -> Result
) throws -> Result {
  try withTemporaryFolder { try body(BuildFixture(in: $0, recipe: recipe)) }
}
