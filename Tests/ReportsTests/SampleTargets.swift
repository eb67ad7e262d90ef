import Foundation
import FoundationXML
import Reports

/// Targets made up for tests, and their pages read by a parser that is not lorac's.
enum SampleTargets {
  /// Texts that break out of markup where they are not escaped.
  static let hostile = [
    "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x",
    "</style></title><b>", "<!-- ", "]]>", "&lt;&#60;&amp;", "a\u{0}b\u{1b}[31m\u{7}",
    "\u{202e}gnp.exe\u{2066}", "\u{200b}\u{feff}\u{fffe}\u{ffff}", "javascript:alert(1)",
    "{{7*7}}${x}", "e\u{301}\u{302}\u{303}", "\r\n\t",
  ]

  /// A target in which every text is `text`.
  ///
  /// - `own`: in the place of those that no file and no user can choose.
  static func target(of text: String, own: String? = nil) -> ReportTarget {
    let own = own ?? text
    var target = ReportTarget(name: text, status: .failed(text))
    var output = ReportTarget.Output(file: text)
    (output.sha256, output.container, output.dialect) = (own, own, own)
    (output.dtype, output.byteCount) = (own, 12)
    target.output = output
    target.rank = ReportTarget.Rank(request: own)
    var adapter = ReportTarget.Adapter(name: text, weight: 0.5)
    (adapter.key, adapter.keySource) = ([text, text], text)
    target.adapters = [adapter]
    var prompt = ReportTarget.Prompt(text: text, cosines: [0.25], shares: [1], weights: [0.5])
    prompt.embedded = text + "."
    prompt.triggers = [(text, text)]
    target.prompts = [prompt]
    target.unmatched = [text]
    var input = ReportTarget.Input(role: own, name: text, file: text)
    input.sha256 = own
    target.inputs = [input]
    target.settings = [(own, text)]
    target.warnings = [text]
    target.notes = [text]
    return target
  }

  /// A target with so many prompts and adapters.
  static func target(prompts: Int, adapters: Int, name: String = "large") -> ReportTarget {
    var target = ReportTarget(name: name, status: .weighed)
    target.adapters = (0..<adapters).map { index in
      ReportTarget.Adapter(name: "adapter-\(index)", weight: Double(index % 7) / 10)
    }
    target.prompts = (0..<prompts).map { row in
      let values = (0..<adapters).map { Double(($0 * 31 + row * 17) % 101) / 100 }
      return ReportTarget.Prompt(
        text: "prompt \(row)", cosines: values, shares: values, weights: values)
    }
    return target
  }

  /// The page without its first line, which XML has no name for.
  static func document(_ html: String) throws -> XMLDocument {
    try XMLDocument(xmlString: html.replacingOccurrences(of: "<!DOCTYPE html>", with: ""))
  }
}

extension XMLNode {
  func texts(_ path: String) throws -> [String] {
    try nodes(forXPath: path).map { $0.stringValue ?? "" }
  }
}
