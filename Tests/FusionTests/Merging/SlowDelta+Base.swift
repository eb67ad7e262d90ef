import Formats
import Foundation
import LinearAlgebra

/// The algorithms that act on a weight.
extension SlowDelta {
  func delta(
    of algorithm: ModuleAlgorithm, scale: Double, to base: SlowTensor
  ) throws -> SlowTensor {
    switch algorithm {
    case .dora(let dora):
      let change = try delta(of: dora.direction, scale: scale, base: nil)
      return Self.dora(base, change, try tensor(dora.magnitudes).values, dora.axis)
    case .replacement(let whole):
      return try tensor(whole.tensor).matrix.combined(base, -)
    case .tokens(let tokens):
      let rows = try tensor(tokens.rows)
      var result = SlowTensor(zeros: base.shape)
      for (row, token) in tokens.indices.enumerated() {
        for column in 0..<base.columns {
          result[token, column] = rows[row, column] - base[token, column]
        }
      }
      return result
    case .ia3(let ia3):
      let factors = try tensor(ia3.factors).values
      let area = base.columns / factors.count
      var result = base
      for row in 0..<base.rows {
        for column in 0..<base.columns {
          let factor = ia3.axis == .output ? factors[row] : factors[column / area]
          result[row, column] *= ia3.isAbsolute ? factor - 1 : factor
        }
      }
      return result
    case .oft(let oft): return try rotate(oft, base).combined(base, -)
    case .glora(let glora):
      let (a1, a2) = (try tensor(glora.weightFactors.first), try tensor(glora.weightFactors.second))
      let (b1, b2) = (try tensor(glora.ownFactors.up), try tensor(glora.ownFactors.down))
      let mix = a1.matrix * a2.matrix
      let area = base.columns / mix.rows
      var result =
        try glora.core.map {
          Self.tucker(b1.matrix, try tensor($0), b2.matrix)
        } ?? (b1.matrix * b2.matrix)
      for row in 0..<base.rows {
        for i in 0..<mix.rows {
          for j in 0..<mix.columns {
            for k in 0..<area {
              result[row, j * area + k] += base[row, i * area + k] * mix[i, j]
            }
          }
        }
      }
      return result.map { scale * $0 }
    case .vera(let vera):
      let (b, d) = (try tensor(vera.outputGains).values, try tensor(vera.rankGains).values)
      let (up, down) = (try tensor(vera.sharedUp), try tensor(vera.sharedDown))
      var result = SlowTensor(zeros: base.shape)
      for row in 0..<base.rows {
        for column in 0..<base.columns {
          for term in d.indices {
            result[row, column] += b[row] * up[row, term] * d[term] * down[term, column]
          }
        }
      }
      return result
    case .svdiff(let svdiff):
      return try Self.shift(base, try tensor(svdiff.shifts).values)
    case .lora, .loha, .lokr, .adaLoRA, .difference:
      return try delta(of: algorithm, scale: scale, base: nil)
    }
  }

  private static func dora(
    _ base: SlowTensor, _ change: SlowTensor, _ magnitudes: [Double], _ axis: DoRA.Axis
  ) -> SlowTensor {
    let direction = base.combined(change, +)
    let area = axis == .input ? base.columns / magnitudes.count : 1
    func group(_ row: Int, _ column: Int) -> Int { axis == .output ? row : column / area }
    var norms = [Double](repeating: 0, count: magnitudes.count)
    for row in 0..<base.rows {
      for column in 0..<base.columns {
        norms[group(row, column)] += direction[row, column] * direction[row, column]
      }
    }
    var result = direction
    for row in 0..<base.rows {
      for column in 0..<base.columns {
        let index = group(row, column)
        result[row, column] *= magnitudes[index] / norms[index].squareRoot()
        result[row, column] -= base[row, column]
      }
    }
    return result
  }

  /// Shifts the singular values; a vector is a matrix of one row.
  static func shift(_ base: SlowTensor, _ shifts: [Double]) throws -> SlowTensor {
    let svd = try DoubleSVD(
      of: DoubleMatrix(rows: base.rows, columns: base.columns, elements: base.values))
    var result = SlowTensor(zeros: base.shape)
    for (index, value) in svd.values.enumerated() {
      for row in 0..<base.rows {
        for column in 0..<base.columns {
          result[row, column] +=
            svd.left[row, index] * max(0, value + shifts[index]) * svd.right[index, column]
        }
      }
    }
    return result.combined(base, -)
  }

  private func rotate(_ oft: OFT, _ base: SlowTensor) throws -> SlowTensor {
    let (stored, size) = (try tensor(oft.blocks), oft.blockSize)
    if case .columns(let terms) = oft.kind {
      var result = SlowTensor(zeros: base.shape)
      for block in 0..<stored.rows {
        var (q, index) = (SlowTensor(zeros: [size, size]), 0)
        for i in 0..<size {
          for j in i + 1..<max(size, i + 1) {
            (q[i, j], q[j, i]) = (stored[block, index], -stored[block, index])
            index += 1
          }
        }
        let rotation = Self.columnRotation(q, terms)
        for row in 0..<base.rows {
          for i in 0..<size {
            for j in 0..<size {
              result[row, block * size + i] += base[row, block * size + j] * rotation[i, j]
            }
          }
        }
      }
      return result
    }
    let area = size * size
    var generators = (0..<stored.values.count / area).map { block in
      let tensor = SlowTensor(
        shape: [size, size], Array(stored.values[block * area..<(block + 1) * area]))
      return tensor.combined(tensor.transposed, -)
    }
    if let limit = oft.constraint {
      let norm = generators.flatMap(\.values).reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > limit { generators = generators.map { $0.map { $0 * limit / norm } } }
    }
    let rotations = generators.map { q in
      let identity = SlowTensor.identity(size)
      return identity.combined(q, +) * identity.combined(q, -).inverse
    }
    var weight = base
    if oft.kind == .diagonal {
      weight = Self.rows(weight, Array(0..<base.rows), rotations.map(\.transposed), size)
    } else {
      let blocks = oft.blocks.shape[1]
      for stage in 0..<oft.blocks.shape[0] {
        // Of `2k` rows, the first of each half come together, then the second, and so on.
        let k = (1 << stage) * size / 2
        var order = [Int](repeating: 0, count: base.rows)
        for row in 0..<base.rows {
          let (group, half, rest) = (row / (2 * k), row % (2 * k) / k, row % k)
          order[group * 2 * k + rest * 2 + half] = row
        }
        weight = Self.rows(
          weight, order, Array(rotations[stage * blocks..<(stage + 1) * blocks]), size)
      }
    }
    if let rescale = oft.rescale {
      let factors = try tensor(rescale).values
      for row in 0..<base.rows {
        for column in 0..<base.columns { weight[row, column] *= factors[row] }
      }
    }
    return weight
  }

  /// Multiplies each run of `size` rows in `order` by its rotation.
  private static func rows(
    _ weight: SlowTensor, _ order: [Int], _ rotations: [SlowTensor], _ size: Int
  ) -> SlowTensor {
    var result = SlowTensor(zeros: weight.shape)
    for (position, row) in order.enumerated() {
      let (block, i) = (position / size, position % size)
      for j in 0..<size {
        for column in 0..<weight.columns {
          result[row, column] += rotations[block][i, j] * weight[order[block * size + j], column]
        }
      }
    }
    return result
  }

  private static func columnRotation(_ q: SlowTensor, _ terms: Int?) -> SlowTensor {
    let identity = SlowTensor.identity(q.rows)
    guard let terms else { return identity.combined(q, +).inverse * identity.combined(q, -) }
    var (result, power) = (identity, identity)
    for term in 1..<terms {
      power = power * q
      let factor: Double = term == terms - 1 ? 1 : 2
      result = result.combined(power) { $0 + factor * $1 }
    }
    return result
  }
}
