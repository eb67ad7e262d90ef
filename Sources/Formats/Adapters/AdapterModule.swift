/// One weight's change in an adapter file: `scale · up · down`, with the factors still on disk.
///
/// - `down`: `[rank, in]`, or `[rank, in, height, width]` for a convolution (`A`, `lora_down`).
/// - `up`: `[out, rank]`, possibly with trailing ones (`B`, `lora_up`).
///
/// Source: Hu et al., *LoRA* (2021), arXiv:2106.09685, section 4.1.
package struct AdapterModule: Sendable {
  package let target: ModuleTarget
  /// The module's name in the file, without the suffixes.
  package let stem: String
  package let dialect: AdapterDialect
  package let down: TensorEntry
  package let up: TensorEntry
  package let scale: AdapterScale

  package var rank: Int { down.shape[0] }
  package var outFeatures: Int { up.shape[0] }
  /// The shape of the weight without its first extent: `[in]`, or `[in, height, width]`.
  package var inShape: [Int] { Array(down.shape.dropFirst()) }
  package var inFeatures: Int { inShape.reduce(1, *) }
  /// The shape of the weight that the module changes.
  package var weightShape: [Int] { [outFeatures] + inShape }
}
