import Testing
import TextEncoders

@Suite("Pooling")
struct PoolingTests {
  // Three tokens of width 2.
  private let hidden: [Float] = [1, -4, 3, 2, 2, 8]

  @Test(
    "each mode, done by hand",
    arguments: [
      (Pooling.Mode.cls, [1, -4]), (.max, [3, 8]), (.mean, [2, 2]),
      (.meanSquareRoot, [6 / 3.0.squareRoot(), 6 / 3.0.squareRoot()]),
      (.weightedMean, [13.0 / 6, 4]), (.lastToken, [2, 8]),
    ] as [(Pooling.Mode, [Double])])
  func modes(mode: Pooling.Mode, expected: [Double]) {
    let found = Pooling.tokens([mode]).vector(of: hidden, ids: [5, 6, 7])
    #expect(largestDifference(found, expected.map { Float($0) }) < 1e-6)
  }

  @Test("several modes stand side by side")
  func several() {
    let found = Pooling.tokens([.cls, .max]).vector(of: hidden, ids: [5, 6, 7])
    #expect(found == [1, -4, 3, 8])
  }

  @Test("the reference's first row and largest values of every row")
  func reference() throws {
    let (rows, expected) = (try TinyTower.bert.rows().rows, try TinyTower.bert.expected())
    let hidden = try TinyTower.bert.tower().hiddenStates(of: rows.map(\.ids), threads: 1)
    for (index, row) in rows.enumerated() {
      for mode in [Pooling.Mode.cls, .max, .mean] {
        let reference = try #require(expected["\(index).\(mode.rawValue)"])
        let found = Pooling.tokens([mode]).vector(of: hidden[index], ids: row.ids)
        #expect(largestDifference(found, reference) < 2e-5, "\(mode) of \(row.text)")
      }
    }
  }

  @Test("the end is the first largest id, or the first with a given id, or the first token")
  func ends() {
    #expect(EndRule.largestID.position(in: [3, 9, 9, 2]) == 1)
    #expect(EndRule.first(2).position(in: [3, 9, 2, 2]) == 2)
    #expect(EndRule.first(7).position(in: [3, 9]) == 0)
  }
}
