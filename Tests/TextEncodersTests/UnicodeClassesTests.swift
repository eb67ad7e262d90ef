import Testing
import TextEncoders

@Suite("Unicode classes")
struct UnicodeClassesTests {
  struct Table: Decodable {
    let removed, ideograph, mark, punctuation: [[UInt32]]
  }

  @Test("every scalar is classified as by the reference")
  func everyScalar() throws {
    let table = try Fixture.json("bert-unicode-classes.json", as: Table.self)
    #expect(mismatches(with: table.removed, \.isBertRemoved) == [])
    #expect(mismatches(with: table.ideograph, \.isBertIdeograph) == [])
    #expect(mismatches(with: table.mark, \.isBertMark) == [])
    #expect(mismatches(with: table.punctuation, \.isBertPunctuation) == [])
  }

  struct RegexTable: Decodable {
    let letter, number, space: [[UInt32]]
  }

  @Test("every scalar has the class of the reference's regular expressions")
  func regularExpressions() throws {
    let table = try Fixture.json("regex-unicode-classes.json", as: RegexTable.self)
    #expect(mismatches(with: table.letter) { $0.regexClass == .letter } == [])
    #expect(mismatches(with: table.number) { $0.regexClass == .number } == [])
    #expect(mismatches(with: table.space) { $0.regexClass == .space } == [])
  }

  private func mismatches(
    with ranges: [[UInt32]], _ property: (Unicode.Scalar) -> Bool
  ) -> [UInt32] {
    var expected = [Bool](repeating: false, count: 0x11_0000)
    for range in ranges { for value in range[0]...range[1] { expected[Int(value)] = true } }
    return (0..<UInt32(0x11_0000)).filter { value in
      guard let scalar = Unicode.Scalar(value) else { return false }
      return property(scalar) != expected[Int(value)]
    }
  }
}
