import Testing
import TextEncoders

@Suite("Towers, against the reference's hidden states and vectors")
struct TowerTests {
  @Test("hidden states of every row, all in one batch", arguments: TinyTower.all)
  func hiddenStates(of tiny: TinyTower) throws {
    let (rows, expected) = (try tiny.rows().rows, try tiny.expected())
    let hidden = try tiny.tower().hiddenStates(of: rows.map(\.ids), threads: 2)
    #expect(hidden.count == rows.count && !rows.isEmpty)
    for (index, row) in rows.enumerated() {
      let reference = try #require(expected["\(index)\(tiny.expectation).last_hidden_state"])
      #expect(largestDifference(hidden[index], reference) < 2e-5, "\(row.text)")
    }
  }

  @Test("pooled vectors of every row", arguments: TinyTower.all)
  func pooled(of tiny: TinyTower) throws {
    let (rows, expected) = (try tiny.rows().rows, try tiny.expected())
    let hidden = try tiny.tower().hiddenStates(of: rows.map(\.ids), threads: 1)
    let quantity = tiny.layout == .bert ? "mean" : "pooled"
    for (index, row) in rows.enumerated() {
      let reference = try #require(expected["\(index)\(tiny.expectation).\(quantity)"])
      let found = tiny.pooling.vector(of: hidden[index], ids: row.ids)
      #expect(largestDifference(found, reference) < 2e-5, "\(row.text)")
    }
  }

  @Test("the end of a text, for both rules and both activations, with ids above the end's")
  func endRules() throws {
    let (rows, expected) = (
      try #require(try TinyTower.flat.rows().id_rows), try TinyTower.flat.expected()
    )
    for (name, activation) in [("gelu", Activation.gelu), ("quick_gelu", .quickGelu)] {
      var shape = TinyTower.flat.shape
      shape.activation = activation
      let tower = try TransformerTower(clip: shape, from: TinyTower.flat.tensors())
      let hidden = try tower.hiddenStates(of: rows, threads: 1)
      for (index, ids) in rows.enumerated() {
        let states = try #require(expected["ids\(index).\(name).last_hidden_state"])
        #expect(largestDifference(hidden[index], states) < 2e-5)
        for (spelling, rule) in [("argmax", EndRule.largestID), ("first_eos", .first(813))] {
          let reference = try #require(expected["ids\(index).\(name).\(spelling).pooled"])
          let found = Pooling.end(rule).vector(of: hidden[index], ids: ids)
          #expect(largestDifference(found, reference) < 2e-5, "\(index) \(name) \(spelling)")
        }
      }
    }
  }

  @Test("the same bits for any number of threads, with many batches")
  func threads() throws {
    let rows = try TinyTower.sd1.rows().rows.map(\.ids)
    let many = Array(repeating: rows, count: 12).flatMap(\.self)
    let tower = try TinyTower.sd1.tower()
    let one = try tower.hiddenStates(of: many, threads: 1)
    #expect(many.joined().count > 4 * 320)
    for threads in [2, 3, 7] {
      #expect(try tower.hiddenStates(of: many, threads: threads) == one)
    }
  }

  @Test("what stands after the end of a text changes nothing before it")
  func causal() throws {
    let tower = try TinyTower.sd1.tower()
    let ids = [812, 320, 79, 606, 813]
    let hidden = try tower.hiddenStates(of: [ids, ids + [0, 1, 2]], threads: 1)
    #expect(largestDifference(hidden[0], Array(hidden[1].prefix(hidden[0].count))) < 1e-6)
    #expect(Pooling.end(.largestID).vector(of: hidden[0], ids: ids).count == 32)
  }
}
