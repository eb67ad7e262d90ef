import Foundation
import FoundationXML
import Reports
import Testing

/// The structure of pages: safe, self-contained, accessible, bounded.
@Suite struct ReportPageTests {
  /// What must hold for every page.
  static func check(_ html: String) throws -> XMLDocument {
    let page = try SampleTargets.document(html)
    for element in ["script", "img", "iframe", "object", "embed", "link", "form", "base", "b[@*]"] {
      #expect(try page.nodes(forXPath: "//\(element)").isEmpty, "\(element)")
    }
    for attribute in try page.nodes(forXPath: "//@*") {
      let name = attribute.name ?? ""
      #expect(!name.lowercased().hasPrefix("on") && name != "style" && name != "src")
    }
    #expect(try page.texts("//a/@href").allSatisfy { $0.hasPrefix("#") })
    #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("@import"))
    #expect(!html.contains("url("))
    let policy = try page.texts("//meta[@http-equiv='Content-Security-Policy']/@content")
    #expect(policy.first?.hasPrefix("default-src 'none'; style-src 'unsafe-inline'") == true)
    #expect(try page.texts("/html/@lang") == ["en"])
    #expect(try page.nodes(forXPath: "//h1").count == 1)
    #expect(try page.nodes(forXPath: "//table[not(caption)]").isEmpty)
    #expect(try page.nodes(forXPath: "//th[not(@scope)]").isEmpty)
    #expect(try page.nodes(forXPath: "//svg[not(@aria-hidden) and not(@aria-label)]").isEmpty)
    let ids = try page.texts("//@id")
    #expect(Set(ids).count == ids.count)
    for reference in try page.texts("//@aria-labelledby") { #expect(ids.contains(reference)) }
    for reference in try page.texts("//a/@href") {
      #expect(ids.contains(String(reference.dropFirst())))
    }
    for scalar in html.unicodeScalars {
      let isText = scalar == "\n" || scalar == "\t" || scalar.value >= 0x20
      #expect(isText && !(0x7F..<0xA0).contains(scalar.value))
      #expect(
        !(0x200B...0x200F).contains(scalar.value) && !(0x202A...0x202E).contains(scalar.value))
      #expect(!(0x2066...0x2069).contains(scalar.value) && scalar.value != 0xFFFE)
      guard isText else { break }
    }
    return page
  }

  @Test(arguments: SampleTargets.hostile) func hostileTextsAreText(_ text: String) throws {
    for targets in [
      [SampleTargets.target(of: text)],
      [SampleTargets.target(of: text), SampleTargets.target(of: text)],
    ] {
      let page = try Self.check(ReportPage(targets, title: text).html)
      // Whatever can be shown is there as it is.
      if text.unicodeScalars.allSatisfy({ 0x20..<0x7F ~= $0.value }) {
        #expect(try page.texts("//h1") == [text])
        #expect(try page.texts("//table[contains(@class, 'adapters')]//tbody/tr/th").contains(text))
      }
    }
  }

  @Test func reorderingIsMadeVisible() {
    let html = ReportPage([SampleTargets.target(of: "a\u{202e}b\u{0}")]).html
    #expect(html.contains("a\\u{202e}b\\u{0}"))
  }

  @Test func longTextsAreCut() throws {
    let text = String(repeating: "fox & ink <b> ", count: 8000)
    #expect(text.utf8.count > 100_000)
    let html = ReportPage([SampleTargets.target(of: text, own: "F16")]).html
    _ = try Self.check(html)
    #expect(html.utf8.count < 60_000, "\(html.utf8.count)")
    // One letter with more marks than anybody writes.
    let marks = "e" + String(repeating: "\u{301}", count: 100_000)
    let marked = ReportPage([SampleTargets.target(of: marks, own: "F16")]).html
    #expect(marked.utf8.count < 60_000)
  }

  @Test func hundredsOfPromptsAndAdaptersStayUsable() throws {
    let html = ReportPage([SampleTargets.target(prompts: 600, adapters: 500)]).html
    let page = try Self.check(html)
    #expect(html.utf8.count < 3_000_000, "\(html.utf8.count)")
    let maps = try page.nodes(forXPath: "//table[contains(@class, 'heat')]")
    #expect(maps.count == 3)
    for map in maps {
      #expect(try map.nodes(forXPath: "thead/tr/th").count == 41)
      #expect(try map.nodes(forXPath: "tbody/tr").count == 200)
      #expect(try map.nodes(forXPath: "tbody/tr[1]/td").count == 40)
    }
    let notes = try page.texts("//p[@class='limit']")
    #expect(notes.contains { $0.contains("40 of 500 adapters") && $0.contains("200 of 600") })
    #expect(notes.contains { $0.contains("200 of 500 adapters") })
    // The columns are those of the largest weights.
    let shown = try maps[0].texts("thead/tr/th/span")
    #expect(shown.allSatisfy { Int($0.dropFirst(8)).map { $0 % 7 == 6 } == true })
  }

  @Test func cellsHaveTheirNumbersAndSteps() throws {
    var target = ReportTarget(name: "steps", status: .weighed)
    let values = [1, 0.5, 0, -0.25]
    target.adapters = values.enumerated().map { .init(name: "a\($0)", weight: $1) }
    target.prompts = [.init(text: "p", cosines: values, shares: values, weights: values)]
    let page = try Self.check(ReportPage([target]).html)
    let cells = "(//table[contains(@class, 'heat')])[1]/tbody/tr/td"
    #expect(try page.texts(cells) == ["1.000", "0.500", "0", "-0.250"])
    #expect(try page.texts(cells + "/@class") == ["p8", "p4", "zero", "n2"])
    // Bars on a scale from -0.25 to 1: zero is a fifth of the way.
    let bars = try page.nodes(forXPath: "//table[contains(@class, 'adapters')]//svg/rect")
    func numbers(_ name: String) throws -> [String] {
      try bars.flatMap { try $0.texts("@\(name)") }
    }
    #expect(try numbers("x") == ["20.00", "20.00", "0.00", "20.00"])
    #expect(try numbers("width") == ["80.00", "40.00", "20.00", "0.00"])
    #expect(try numbers("class") == ["above", "above", "below", "above"])
  }

  @Test func numbersThatAreNoneAreShown() throws {
    var target = ReportTarget(name: "odd", status: .weighed)
    let values: [Double] = [.infinity, -.infinity, .nan, 1e300, -1e300]
    target.adapters = values.enumerated().map { .init(name: "a\($0)", weight: $1) }
    target.prompts = [.init(text: "p", cosines: values, shares: values, weights: values)]
    target.effectiveAdapters = .nan
    _ = try Self.check(ReportPage([target]).html)
  }

  @Test func manyTargetsHaveAnIndex() throws {
    var targets = (0..<3).map { SampleTargets.target(prompts: 2, adapters: 3, name: "t-\($0)") }
    targets[1].status = .failed("out of ink")
    targets[2].status = .unchanged
    targets[2].adapters = []
    targets[2].prompts = []
    let page = try Self.check(ReportPage(targets, title: "cards").html)
    #expect(try page.texts("//h1") == ["cards"])
    let rows = "//table[@class='targets']/tbody/tr"
    #expect(try page.texts(rows + "/th") == ["t-0", "t-1", "t-2"])
    #expect(try page.texts(rows + "/td[1]") == ["weighed", "failed: out of ink", "up to date"])
    #expect(try page.texts(rows + "/th/a/@href") == ["#t0", "#t1", "#t2"])
    #expect(try page.nodes(forXPath: "//details[@class='target']").count == 3)
    #expect(try page.texts("//details[@class='target'][2]//dd")[0] == "failed: out of ink")
  }

  @Test func thousandsOfTargetsAreBounded() throws {
    let one = SampleTargets.target(prompts: 30, adapters: 30)
    let targets = [ReportTarget](repeating: one, count: 6000)
    let html = ReportPage(targets).html
    #expect(html.utf8.count < 20 << 20, "\(html.utf8.count)")
    let page = try SampleTargets.document(html)
    #expect(try page.nodes(forXPath: "//table[@class='targets']/tbody/tr").count == 5000)
    let details = try page.nodes(forXPath: "//details[@class='target']").count
    #expect((100..<5000).contains(details))
    let note = try page.texts("//section[@id='targets']/p[@class='limit']").first ?? ""
    #expect(note.contains("5000 of 6000 targets") && note.contains("the first \(details) have"))
    #expect(try page.nodes(forXPath: "//table[@class='targets']//a").count == details)
  }

  @Test func bytesAreTheSame() {
    let target = SampleTargets.target(prompts: 40, adapters: 60)
    #expect(ReportPage([target, target]).html == ReportPage([target, target]).html)
  }
}
