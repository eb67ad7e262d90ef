/// The text towers that models of images have.
enum TowerSlot: String, Sendable {
  /// CLIP ViT-L/14: SD 1.x, the first of SDXL and SD3, Flux.
  case l
  /// OpenCLIP ViT-H/14: SD 2.x.
  case h
  /// OpenCLIP ViT-bigG/14: the second of SDXL and SD3.
  case g

  /// The tower with hidden states of `width` elements.
  init(width: Int) {
    switch width {
    case 1024: self = .h
    case 1280: self = .g
    default: self = .l
    }
  }

  /// The function in the tower's blocks, as single files do not tell.
  var activation: Activation { self == .l ? .quickGelu : .gelu }
}
