package import Formats

/// What a model consists of, as far as headers and configurations tell.
package struct ModelSurvey: Sendable {
  /// A part of the model, such as its UNet.
  package struct Component: Sendable {
    /// As folders of a diffusers pipeline are called; empty for a model without parts.
    package let name: String
    /// The class that the configuration names.
    package let className: String?
    package fileprivate(set) var tensorCount = 0
    package fileprivate(set) var parameterCount = 0
    package fileprivate(set) var byteCount = 0
    /// How many parameters are of each type, the most frequent first.
    package fileprivate(set) var types: [(dtype: DType, count: Int)] = []
    /// How many tensors scale weights of 8 bits.
    package fileprivate(set) var scaleCount = 0
    /// How many files it is in.
    package fileprivate(set) var fileCount = 0
  }

  /// A block of a component.
  package struct Block: Sendable, Hashable {
    package let component: String
    /// The path up to its first number, such as `down_blocks.1`, or its first word.
    package let path: String
    package fileprivate(set) var tensorCount = 0
    package fileprivate(set) var parameterCount = 0

    package var name: String { component.isEmpty ? path : "\(component).\(path)" }
  }

  package let files: ModelFiles
  package let components: [Component]
  package let blocks: [Block]
  package let family: ModelFamily
  /// What sets the model apart from others of its family, in sentences.
  package let variants: [String]
  package let configuration: ModelConfiguration

  package init(_ files: ModelFiles) {
    self.files = files
    configuration = ModelConfiguration(of: files)
    var collector = Collector(configuration)
    var families: [ModelFamily] = []
    var variants: [String] = []
    for part in files.parts {
      let component = part.folder.isEmpty ? nil : ModelComponent(rawValue: part.folder)
      let names = CheckpointNames(part.entries, component: component)
      // A folder of names that adapters do not change, such as that of a VAE, is a part as it is.
      let isWhole = !part.folder.isEmpty && component == nil
      var tensors: [CheckpointTensor] = []
      for entry in part.entries {
        let place = isWhole ? nil : names.place(of: entry.name.string)
        let own =
          isWhole
          ? CheckpointNames.Part(name: part.name, path: entry.name.string)
          : names.part(of: entry.name.string)
        let name = part.variant.map { "\(own.name).\($0)" } ?? own.name
        collector.add(entry, to: part.folder.isEmpty ? own.name : name, at: own.path)
        if let variant = Self.variant(entry, place?.stack.target) { variants.append(variant) }
        if let place {
          tensors.append(
            CheckpointTensor(
              file: 0, entry: entry, stack: place.stack, isTransposed: place.isTransposed))
        }
      }
      collector.countFiles(part.files.count)
      families.append(ModelFamily(of: tensors, names: names.family))
    }
    self.variants = variants
    components = collector.components
    blocks = collector.blocks
    family =
      families.first { $0.name != nil } ?? configuration.family
      ?? BareModel.family(of: files.parts.flatMap(\.entries)) ?? families.first
      ?? ModelFamily(name: nil, evidence: "it holds no tensor")
  }

  /// What the tensor `entry`, the weight `target` where it is known, tells of the model.
  ///
  /// Source: diffusers 0.42, `single_file_utils.py`, for the channels; ComfyUI, `model_detection.py`,
  /// for the markers.
  private static func variant(_ entry: TensorEntry, _ target: ModuleTarget?) -> String? {
    if let target, target.component == .unet, target.path == "conv_in",
      target.parameter == .weight, entry.shape.count == 4
    {
      switch entry.shape[1] {
      case 9: return "inpainting: its UNet reads 9 channels"
      case 8: return "edits pictures: its UNet reads 8 channels"
      default: return nil
      }
    }
    switch entry.name.string {
    case "v_pred": return "predicts velocity: it has the tensor 'v_pred'"
    case "ztsnr": return "noise schedule to zero: it has the tensor 'ztsnr'"
    default: return nil
    }
  }

  /// Components and blocks as they are met, sorted when all are known.
  private struct Collector {
    private let configuration: ModelConfiguration
    private var found: [String: Component] = [:]
    private var types: [String: [DType: Int]] = [:]
    private var places: [String: [String: Block]] = [:]
    private var touched: Set<String> = []

    init(_ configuration: ModelConfiguration) { self.configuration = configuration }

    mutating func add(_ entry: TensorEntry, to name: String, at path: String) {
      touched.insert(name)
      var component =
        found[name] ?? Component(name: name, className: configuration.classNames[name])
      component.tensorCount += 1
      component.parameterCount &+= entry.elementCount
      component.byteCount &+= entry.byteRange.count
      component.scaleCount += Self.isScale(entry) ? 1 : 0
      found[name] = component
      types[name, default: [:]][entry.dtype, default: 0] &+= entry.elementCount
      let block = BlockPlace.path(of: path)
      var place = places[name]?[block] ?? Block(component: name, path: block)
      place.tensorCount += 1
      place.parameterCount &+= entry.elementCount
      places[name, default: [:]][block] = place
    }

    private static func isScale(_ entry: TensorEntry) -> Bool {
      let name = entry.name.string
      return ["scale_weight", "weight_scale", "scale_input", "input_scale", "weight_scale_inv"]
        .contains { name.hasSuffix(".\($0)") }
    }

    /// Says that what was added since the last call is in `count` files.
    mutating func countFiles(_ count: Int) {
      for name in touched { found[name]?.fileCount += count }
      touched = []
    }

    private static let order = [
      "unet", "transformer", "transformer_2", "text_encoder", "text_encoder_2", "text_encoder_3",
      "vae",
    ]

    var components: [Component] {
      names.compactMap { name in
        guard var component = found[name] else { return nil }
        component.types = (types[name] ?? [:]).map { (dtype: $0.key, count: $0.value) }
          .sorted { ($1.count, $0.dtype.order) < ($0.count, $1.dtype.order) }
        return component
      }
    }

    var blocks: [Block] {
      names.flatMap { name in
        (places[name] ?? [:]).values.map { (block: $0, order: BlockPlace.numbered($0.path)) }
          .sorted { $0.order < $1.order }.map(\.block)
      }
    }

    private var names: [String] {
      found.keys.sorted { a, b in
        let (first, second) = (rank(of: a), rank(of: b))
        return first == second ? TensorName(a) < TensorName(b) : first < second
      }
    }

    private func rank(of name: String) -> Int {
      Self.order.firstIndex { name == $0 || name.hasPrefix($0 + ".") } ?? Self.order.count
    }
  }
}
