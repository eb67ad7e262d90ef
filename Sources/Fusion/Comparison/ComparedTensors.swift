internal import Formats

/// The tensors of a model, by the names under which those of another are looked for.
struct ComparedTensors: Sendable {
  struct Tensor: Sendable {
    /// The name in the file, behind the folder of its part where there is one.
    let name: String
    let file: SafetensorsFile
    let entry: TensorEntry
    /// The canonical weights that it holds; nil where no table of names tells.
    let stack: ModuleStack?
    /// Whether it is stored `[in, out]`.
    let isTransposed: Bool

    /// A table of positions, which every program counts anew.
    var isWithoutEffect: Bool { entry.name.string.hasSuffix("position_ids") }

    /// The elements of a row.
    var columns: Int { entry.shape.dropFirst().reduce(1, *) }

    /// Lets the kernel take back the memory of `elements`, of `width` bytes each.
    func release(_ elements: Range<Int>, width: Int) {
      let start = entry.byteRange.lowerBound
      file.releaseData(start + elements.lowerBound * width..<start + elements.upperBound * width)
    }
  }

  /// In the order of the names.
  let tensors: [Tensor]
  /// By name, and by the name in a folder of diffusers.
  private let places: [TensorName: Int]

  init(_ model: ModelFiles) {
    var tensors: [Tensor] = []
    var aliases: [(name: String, of: String)] = []
    for part in model.parts {
      let component = part.folder.isEmpty ? nil : ModelComponent(rawValue: part.folder)
      let names = CheckpointNames(part.entries, component: component)
      let isWhole = !part.folder.isEmpty && component == nil
      let isVariant = model.parts.count { $0.folder == part.folder } > 1
      let prefix = part.folder.isEmpty ? "" : (isVariant ? part.name : part.folder) + "/"
      let decoded = part.entries.lazy.map { names.part(of: $0.name.string) }
        .filter { $0.name == "vae" }.map(\.path)
      let levelCount = part.folder.isEmpty ? VAENames.levelCount(decoded) : 0
      for file in part.files {
        for entry in file.tensors.header.tensors {
          let name = entry.name.string
          let place = isWhole ? nil : names.place(of: name)
          tensors.append(
            Tensor(
              name: prefix + name, file: file.tensors, entry: entry, stack: place?.stack,
              isTransposed: place?.isTransposed ?? false))
          guard part.folder.isEmpty else { continue }
          let own = names.part(of: name)
          if own.name == "vae" {
            let other = VAENames.diffusersName(of: own.path, levelCount: levelCount)
            aliases.append(("vae/\(other)", name))
          }
        }
      }
    }
    self.tensors = tensors.sorted { TensorName($0.name) < TensorName($1.name) }
    var places = Dictionary(
      self.tensors.enumerated().map { (TensorName($1.name), $0) },
      uniquingKeysWith: { first, _ in first })
    for alias in aliases where places[TensorName(alias.name)] == nil {
      places[TensorName(alias.name)] = places[TensorName(alias.of)]
    }
    self.places = places
  }

  /// The index of the tensor called `name`, or known by it.
  func index(of name: TensorName) -> Int? { places[name] }

  /// What is known by which names: every index with all its names.
  var names: [(name: TensorName, index: Int)] { places.map { ($0.key, $0.value) } }
}
