/// The Kronecker product of a small and a larger matrix, each whole or as a product of factors.
///
/// With `w1` `[a, c]` and `w2` `[b, d, height, width]` the weight is `[a·b, c·d, height, width]`.
///
/// Source: LyCORIS (arXiv:2309.14859), section 3.2; LyCORIS 4.1, `modules/lokr.py`.
package struct LoKr: StoredAlgorithm {
  /// One side of the product.
  package enum Side: Sendable {
    case whole(TensorEntry)
    case factors(up: TensorEntry, down: TensorEntry)
    /// `up` `[rank, b]`, `down` `[rank, d]`, `core` `[rank, rank, height, width]`.
    case tucker(up: TensorEntry, down: TensorEntry, core: TensorEntry)

    var tensors: [TensorEntry] {
      switch self {
      case .whole(let whole): [whole]
      case .factors(let up, let down): [up, down]
      case .tucker(let up, let down, let core): [up, down, core]
      }
    }

    /// `[rows, columns…]` of the matrix.
    package var shape: [Int] {
      switch self {
      case .whole(let whole): whole.shape
      case .factors(let up, let down): [up.shape[0]] + down.shape.dropFirst()
      case .tucker(let up, let down, let core):
        [up.shape[1], down.shape[1]] + core.shape.dropFirst(2)
      }
    }

    /// The rank of the factors; nil for a whole matrix.
    var rank: Int? {
      switch self {
      case .whole: nil
      case .factors(_, let down), .tucker(_, let down, _): down.shape[0]
      }
    }
  }

  package let name = "LoKr"
  package let first: Side
  package let second: Side

  init(_ group: TensorGroup) throws(ModuleFault) {
    first = try Self.side(
      group[.kronecker1], group[.kronecker1Up], group[.kronecker1Down], core: nil, "lokr_w1")
    second = try Self.side(
      group[.kronecker2], group[.kronecker2Up], group[.kronecker2Down],
      core: group[.kronecker2Core], "lokr_w2")
    guard first.shape.dropFirst(2).allSatisfy({ $0 == 1 }), weightShape != nil else {
      throw ModuleFault("its LoKr of \(first.shape) and \(second.shape) is no weight")
    }
  }

  private static func side(
    _ whole: TensorEntry?, _ up: TensorEntry?, _ down: TensorEntry?, core: TensorEntry?,
    _ name: String
  ) throws(ModuleFault) -> Side {
    for entry in [whole, up, down] { try entry?.checkMatrix(dimensions: 2...5) }
    switch (whole, up, down, core) {
    case (let whole?, nil, nil, nil): return .whole(whole)
    case (nil, let up?, let down?, nil):
      guard up.columnCount == down.shape[0] else {
        throw ModuleFault("its factors \(up.shape) and \(down.shape) do not fit together")
      }
      return .factors(up: up, down: down)
    case (nil, let up?, let down?, let core?):
      try core.checkMatrix(dimensions: 3...5)
      guard up.shape.count == 2, down.shape.count == 2, core.shape[0] == up.shape[0],
        core.shape[1] == down.shape[0]
      else {
        throw ModuleFault(
          "its core \(core.shape) does not fit between the factors \(up.shape) and \(down.shape)")
      }
      return .tucker(up: up, down: down, core: core)
    case (nil, _, _, _):
      throw .incomplete("LoKr without its \(name), or without one of its factors")
    default: throw ModuleFault("has \(name) both whole and in factors", code: .repeatedTensor)
    }
  }

  package var tensors: [TensorEntry] { first.tensors + second.tensors }
  /// The rank of the second matrix's factors, or else of the first's.
  package var rank: Int? { second.rank ?? first.rank }

  package var weightShape: [Int]? {
    var shape = second.shape
    for axis in 0..<2 {
      let (product, overflow) = shape[axis].multipliedReportingOverflow(by: first.shape[axis])
      guard !overflow, product <= Int32.max else { return nil }
      shape[axis] = product
    }
    // Small factors may stand for any size; what no model has is not computed.
    guard shape.reduce(1.0, { $0 * Double($1) }) <= Double(Int32.max) else {
      return nil
    }
    return shape
  }
}
