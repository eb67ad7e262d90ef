import Building
import Testing

/// Parts of a recipe's targets.
@Suite struct ShardTests {
  /// The part of a name is fixed for all versions.
  ///
  /// It is the first 16 digits of the name's SHA-256, modulo the count; computed with Python's hashlib.
  @Test(arguments: [
    ("fox-card", 1, 1),
    ("fox-card", 2, 2),
    ("fox-card", 7, 5),
    ("fox-card", 100, 92),
    ("t1", 1, 1),
    ("t1", 2, 1),
    ("t1", 7, 4),
    ("t1", 100, 87),
    ("täglich", 1, 1),
    ("täglich", 2, 2),
    ("täglich", 7, 4),
    ("täglich", 100, 50),
  ])
  func namesDecide(_ name: String, _ count: Int, _ part: Int) throws {
    for index in 1...count {
      let shard = try #require(Shard(index: index, count: count))
      #expect(shard.includes(name) == (index == part))
    }
  }

  @Test func partsAreAboutEqual() throws {
    let names = (0..<10_000).map { "target-\($0)" }
    for index in 1...8 {
      let shard = try #require(Shard(index: index, count: 8))
      #expect((1100...1400).contains(names.count { shard.includes($0) }))
    }
  }

  @Test func numbersBeyondTheCountAreRefused() {
    #expect(Shard(index: 0, count: 3) == nil)
    #expect(Shard(index: 4, count: 3) == nil)
    #expect(Shard(index: 1, count: 0) == nil)
  }
}
