import Formats
import Foundation

/// A tensor in `Double`, each stored value widened on its own by the definition of its format.
struct SlowTensor {
  var shape: [Int]
  var values: [Double]

  init(shape: [Int], _ values: [Double]) { (self.shape, self.values) = (shape, values) }

  init(zeros shape: [Int]) {
    self.init(shape: shape, [Double](repeating: 0, count: shape.reduce(1, *)))
  }

  init(_ entry: TensorEntry, in file: SafetensorsFile) throws {
    let bytes = try file.withBytes(of: entry) { $0.copied() }
    func bits(_ index: Int, _ size: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[index * size + $1]) << UInt64(8 * $1) }
    }
    self.init(
      shape: entry.shape,
      (0..<entry.elementCount).map { index in
        switch entry.dtype {
        case .f32: Double(Float(bitPattern: UInt32(bits(index, 4))))
        case .f16: Double(Float16(bitPattern: UInt16(bits(index, 2))))
        case .bf16: Double(Float(bitPattern: UInt32(bits(index, 2)) << 16))
        case .f8e4m3: Self.small(bits(index, 1), exponentBits: 4, bias: 7)
        case .f8e5m2: Self.small(bits(index, 1), exponentBits: 5, bias: 15)
        default: .nan
        }
      })
  }

  /// A finite number of 8 bits.
  private static func small(_ bits: UInt64, exponentBits: Int, bias: Int) -> Double {
    let digits = 7 - exponentBits
    let exponent = Int(bits >> UInt64(digits)) & (1 << exponentBits - 1)
    let fraction = Double(bits & (1 << UInt64(digits) - 1)) / Double(1 << digits)
    let magnitude =
      exponent == 0
      ? fraction * pow(2, Double(1 - bias)) : (1 + fraction) * pow(2, Double(exponent - bias))
    return bits & 0x80 == 0 ? magnitude : -magnitude
  }

  /// The rows and the product of the other extents.
  var rows: Int { shape.first ?? 1 }
  var columns: Int { shape.dropFirst().reduce(1, *) }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The tensor as a matrix of its first extent's rows.
  var matrix: SlowTensor { SlowTensor(shape: [rows, columns], values) }

  var transposed: SlowTensor {
    var result = SlowTensor(zeros: [columns, rows])
    for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
    return result
  }

  static func * (a: SlowTensor, b: SlowTensor) -> SlowTensor {
    precondition(a.columns == b.rows)
    var result = SlowTensor(zeros: [a.rows, b.columns])
    for row in 0..<a.rows {
      for term in 0..<a.columns {
        for column in 0..<b.columns { result[row, column] += a[row, term] * b[term, column] }
      }
    }
    return result
  }

  func map(_ transform: (Double) -> Double) -> SlowTensor {
    SlowTensor(shape: shape, values.map(transform))
  }

  static func identity(_ size: Int) -> SlowTensor {
    var result = SlowTensor(zeros: [size, size])
    for index in 0..<size { result[index, index] = 1 }
    return result
  }

  func combined(_ other: SlowTensor, _ operation: (Double, Double) -> Double) -> SlowTensor {
    precondition(values.count == other.values.count)
    return SlowTensor(shape: shape, zip(values, other.values).map(operation))
  }

  /// The inverse of a square matrix, by elimination with pivots.
  var inverse: SlowTensor {
    var (left, right) = (self, SlowTensor.identity(rows))
    for column in 0..<rows {
      let pivot = (column..<rows).max { abs(left[$0, column]) < abs(left[$1, column]) } ?? column
      for index in 0..<rows {
        (left[column, index], left[pivot, index]) = (left[pivot, index], left[column, index])
        (right[column, index], right[pivot, index]) = (right[pivot, index], right[column, index])
      }
      let divisor = left[column, column]
      for index in 0..<rows {
        left[column, index] /= divisor
        right[column, index] /= divisor
      }
      for row in 0..<rows where row != column {
        let factor = left[row, column]
        for index in 0..<rows {
          left[row, index] -= factor * left[column, index]
          right[row, index] -= factor * right[column, index]
        }
      }
    }
    return right
  }
}
