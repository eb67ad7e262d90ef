import Formats
import Testing

/// Codes are what pipelines rely on.
@Suite struct FindingCodeTests {
  @Test func codesAreWellFormedAndUnique() {
    let codes = FindingCode.allCases
    #expect(Set(codes.map(\.id)).count == codes.count)
    #expect(Set(codes.map(\.name)).count == codes.count)
    for code in codes {
      #expect(code.rawValue.wholeMatch(of: /[EW][0-9]{4} [a-z0-9-]+/) != nil, "\(code)")
      #expect((code.severity == .error) == code.id.hasPrefix("E"))
      for text in [code.cause, code.remedy] {
        #expect(!text.isEmpty && !text.hasSuffix(".") && !text.contains("|"), "\(text)")
      }
    }
    #expect(codes.map(\.id) == codes.map(\.id).sorted())
  }

  @Test func theContractsExampleIsKept() {
    #expect(FindingCode.truncatedData.rawValue == "E0103 truncated-data")
  }

  @Test(arguments: ["E0103", "e0103", "truncated-data", "TRUNCATED-DATA"])
  func codesAreFoundByIdAndName(_ text: String) {
    #expect(FindingCode(text) == .truncatedData)
  }

  @Test(arguments: ["", "E01", "E9999", "truncated", "E0103 truncated-data "])
  func othersAreNoCodes(_ text: String) { #expect(FindingCode(text) == nil) }
}
