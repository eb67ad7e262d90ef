internal import LinearAlgebra

/// The change of a tensor in the rows and columns that it is stored in:
/// `W′ = (1 − replaced) · W + delta`.
struct StoredChange {
  private(set) var delta: Matrix
  /// The shares of the base that go, by row and by column; empty where none does.
  private var rows: [Double] = []
  private var columns: [Double] = []

  init(delta: Matrix) { self.delta = delta }

  /// Adds what another orientation of the tensor, or the same, has; its delta is stored like this one.
  mutating func add(_ change: WeightChange, isTransposed: Bool) {
    for index in delta.elements.indices { delta.elements[index] += change.delta.elements[index] }
    guard !change.replaced.isEmpty else { return }
    if isTransposed {
      columns = Self.sum(columns, change.replaced)
    } else {
      rows = Self.sum(rows, change.replaced)
    }
  }

  private static func sum(_ a: [Double], _ b: [Double]) -> [Double] {
    a.isEmpty ? b : zip(a, b).map { $0 + $1 }
  }

  /// Whether elements of `row` are replaced, in part or whole.
  func replaces(row: Int) -> Bool {
    !columns.isEmpty || (!rows.isEmpty && rows[row] != 0)
  }

  /// The share of the base that stays in an element.
  func kept(row: Int, column: Int) -> Double {
    1 - (rows.isEmpty ? 0 : rows[row]) - (columns.isEmpty ? 0 : columns[column])
  }

  var isSum: Bool { rows.isEmpty && columns.isEmpty }
}
