import Formats
import Foundation
import FoundationXML
import Testing

/// `--report`, beside the documents of the same runs and numbers found apart from lorac.
@Suite struct ReportTests {
  private static let prompts = ["a red heart in neon glow style", "a star with stripes at night"]

  private static func run(
    _ arguments: [String], in folder: String
  ) throws -> LoracProcess {
    try LoracProcess.run(
      arguments + ["--report", "page.html"] + prompts.flatMap { ["--prompt", $0] }, in: folder)
  }

  private static func page(_ folder: String) throws -> XMLDocument {
    let html = try String(contentsOfFile: "\(folder)/page.html", encoding: .utf8)
    return try XMLDocument(
      xmlString: html.replacingOccurrences(of: "<!DOCTYPE html>", with: ""))
  }

  private static func texts(_ page: XMLNode, _ path: String) throws -> [String] {
    try page.nodes(forXPath: path).map { $0.stringValue ?? "" }
  }

  /// The value of a fact in the summary.
  private static func fact(_ page: XMLNode, _ name: String) throws -> String? {
    try texts(page, "//dl/div[dt='\(name)']/dd").first
  }

  /// `value` as printf writes it.
  private static func decimal(_ value: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", value)
  }

  /// The maps of prompts × adapters have the numbers of the document.
  private static func checkMaps(_ page: XMLDocument, _ json: JSONValue) throws {
    let names = (json["adapters"]?.elements ?? []).compactMap { $0["name"]?.stringValue }
    #expect(names.count == 12)
    for (index, field) in ["weights", "scores", "shares"].enumerated() {
      let map = "(//section[@id='prompts']//table)[\(index + 1)]"
      #expect(try texts(page, "\(map)/thead/tr/th/span") == names)
      #expect(try texts(page, "\(map)/tbody/tr/th") == prompts)
      let expected = (json["prompts"]?.elements ?? []).flatMap { prompt in
        names.map { name in
          let value = prompt[field]?[name]?.doubleValue ?? .nan
          return value == 0 ? "0" : decimal(value, 3)
        }
      }
      #expect(try texts(page, "\(map)/tbody/tr/td") == expected, "\(field)")
    }
    let fused = names.map { name -> String in
      let value = json["weights"]?[name]?.doubleValue ?? .nan
      return value == 0 ? "0" : decimal(value, 3)
    }
    #expect(try texts(page, "(//section[@id='prompts']//table)[1]/tfoot/tr/td") == fused)
    let rows = try page.nodes(forXPath: "//table[@class='adapters']/tbody/tr")
    #expect(rows.count == 12)
    for row in rows {
      let name = try texts(row, "th")[0]
      let adapter = json["adapters"]?.elements?.first { $0["name"]?.stringValue == name }
      #expect(try texts(row, "td[1]")[0] == decimal(json["weights"]?[name]?.doubleValue ?? .nan, 3))
      #expect(try texts(row, "td[3]")[0] == adapter?["key"]?.elements?.first?.stringValue)
      #expect(try texts(row, "td[4]")[0] == adapter?["keySource"]?.stringValue)
    }
    let effective = json["effectiveAdapters"]?.doubleValue ?? .nan
    #expect(try fact(page, "Effective adapters") == decimal(effective, 2))
  }

  /// The Frobenius norm of all deltas of a written adapter, its factors multiplied out in Double.
  private static func norm(ofAdapterAt path: String) throws -> Double {
    let file = try AdapterFile(path: path)
    var sum = 0.0
    for module in file.modules {
      let factors = try #require(module.storedFactors)
      let (up, down) = (try values(factors.up, file), try values(factors.down, file))
      let (rank, rows) = (factors.up.shape[1], factors.up.shape[0])
      let columns = down.count / rank
      for row in 0..<rows {
        for column in 0..<columns {
          var element = 0.0
          for index in 0..<rank {
            element += up[row * rank + index] * down[index * columns + column]
          }
          sum += element * element * module.scale.value * module.scale.value
        }
      }
    }
    return sum.squareRoot()
  }

  private static func values(_ entry: TensorEntry, _ file: AdapterFile) throws -> [Double] {
    #expect(entry.dtype == .f32)
    let bytes = try file.tensors.withBytes(of: entry) { $0.copied() }
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }.map { Double($0) }
  }

  @Test(arguments: ["exact", "6"]) func pageOfAMergeIsThatOfItsDocument(_ rank: String) throws {
    try withTemporaryFolder { folder in
      let result = try Self.run(
        [
          "merge", LoracProcess.adapters, "-o", "out.safetensors", "--dtype", "F32", "--json",
          "--rank", rank,
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try contents(folder) == ["out.safetensors", "page.html"])
      let (json, page) = (try result.json(), try Self.page(folder))
      try Self.checkMaps(page, json)
      let hash = try ContentHash.sha256(ofFile: "\(folder)/out.safetensors")
      #expect(try Self.fact(page, "SHA-256") == hash)
      let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/out.safetensors")[
        .size]
      #expect(try Self.fact(page, "Size")?.hasSuffix("(\(size ?? 0))") == true)
      #expect(try Self.fact(page, "Form") == "safetensors, kohya, F32")
      #expect(try Self.fact(page, "encoder id") == json["encoder"]?["id"]?.stringValue)
      let inputs = json["inputs"]?.elements ?? []
      #expect(
        try Self.texts(page, "//table[@class='inputs']/tbody/tr/td[4]/code")
          == inputs.compactMap { $0["sha256"]?.stringValue })
      // A number of three digits that was found from the file that was written. Cut, the norm is
      // that before, of which a known share was kept.
      var norm = try Self.norm(ofAdapterAt: "\(folder)/out.safetensors")
      if rank != "exact" {
        let kept = json["rank"]?["keptEnergy"]?.doubleValue ?? .nan
        #expect(try Self.fact(page, "Energy kept") == Self.decimal(kept * 100, 3) + " %")
        norm /= kept.squareRoot()
      }
      let shown = Double(try Self.fact(page, "‖ΔW‖") ?? "") ?? .nan
      #expect(abs(shown - norm) <= 0.006 * norm, "\(shown), not \(norm)")
      let blocks = try Self.texts(page, "//section[@id='norms']//tbody/tr/td[2]").map {
        Double($0) ?? .nan
      }
      let sum = blocks.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(blocks.count == 5 && abs(sum - norm) <= 0.006 * norm)
      #expect(try page.nodes(forXPath: "//section[@id='energy']//svg/polyline").count == 6)
    }
  }

  /// Baked into F32, the norm of the change is that of the difference of the two models.
  @Test func pageOfABakeHasTheNormOfTheChange() throws {
    try withTemporaryFolder { folder in
      let base = LoracProcess.repository
        .appendingPathComponent("examples/shapes/base/unet/diffusion_pytorch_model.safetensors")
        .path
      let result = try Self.run(
        ["merge", LoracProcess.adapters, "--base", base, "-o", "out.safetensors", "--json"],
        in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.page(folder)
      try Self.checkMaps(page, result.json())
      let (before, after) = (
        try SafetensorsFile(path: base), try SafetensorsFile(path: "\(folder)/out.safetensors")
      )
      var sum = 0.0
      for entry in before.header.tensors {
        let new = try #require(after.entry(entry.name))
        let pair = try [before.copy(entry), after.copy(new)].map { bytes in
          bytes.withUnsafeBytes { bytes in
            entry.dtype == .f32
              ? bytes.bindMemory(to: Float.self).map { Double($0) }
              : bytes.bindMemory(to: Float16.self).map { Double($0) }
          }
        }
        for (old, new) in zip(pair[0], pair[1]) { sum += (new - old) * (new - old) }
      }
      let shown = Double(try Self.fact(page, "‖ΔW‖") ?? "") ?? .nan
      #expect(abs(shown - sum.squareRoot()) <= 0.006 * shown, "\(shown), not \(sum.squareRoot())")
      #expect(try Self.fact(page, "Lost to rounding") != nil)
      #expect(try Self.texts(page, "//table[@class='inputs']/tbody/tr/td[1]").last == "base")
    }
  }

  @Test func pageOfWeightsHasWhatIsKnown() throws {
    try withTemporaryFolder { folder in
      let result = try Self.run(["weights", LoracProcess.adapters, "--json"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.page(folder)
      try Self.checkMaps(page, result.json())
      #expect(try page.nodes(forXPath: "//section[@id='norms' or @id='energy']").isEmpty)
      #expect(try Self.fact(page, "Status") == "weights only, nothing written")
      #expect(try contents(folder) == ["page.html"])
    }
  }

  @Test func dryRunShowsThePlan() throws {
    try withTemporaryFolder { folder in
      let result = try Self.run(
        ["merge", LoracProcess.adapters, "-o", "out.safetensors", "--dry-run"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.page(folder)
      #expect(try Self.fact(page, "Status") == "dry run, nothing written")
      #expect(try Self.fact(page, "Modules") == "64")
      #expect(try contents(folder) == ["page.html"])
    }
  }

  @Test func bytesAreTheSame() throws {
    var pages: Set<Data> = []
    for threads in ["1", "2", "5"] {
      try withTemporaryFolder { folder in
        let result = try Self.run(
          ["merge", LoracProcess.adapters, "-o", "out.safetensors.zst", "--threads", threads],
          in: folder)
        #expect(result.status == 0, "\(result.errors)")
        pages.insert(try #require(FileManager.default.contents(atPath: "\(folder)/page.html")))
      }
    }
    #expect(pages.count == 1)
  }

  /// Names of files and texts of prompts are other people's.
  @Test func hostileNamesAreText() throws {
    try withTemporaryFolder { folder in
      let name = "<script>alert('1')</script>\" onload=\"x\u{202e}\u{1b}[31m"
        .replacingOccurrences(of: "/", with: "\u{2215}")
      try FileManager.default.copyItem(
        atPath: "\(LoracProcess.adapters)/heart.safetensors",
        toPath: "\(folder)/\(name).safetensors")
      let long = String(repeating: "</td><script>x</script> ", count: 4000)
      let result = try LoracProcess.run(
        [
          "merge", "\(name).safetensors", "--prompt", "]]></script><b>heart", "--prompt", long,
          "-o", "out.safetensors", "--report", "page.html",
        ], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.page(folder)
      #expect(try page.nodes(forXPath: "//script").isEmpty)
      #expect(try page.nodes(forXPath: "//@onload").isEmpty)
      #expect(
        try Self.texts(page, "(//table[contains(@class, 'heat')])[1]/tbody/tr/th")[0]
          == "]]></script><b>heart")
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/page.html")).count < 100_000)
    }
  }

  /// What cannot be written is refused before anything is.
  @Test(arguments: [
    ("missing/page.html", Int32(73)), (".", 73), ("out.safetensors", 64), ("./out.safetensors", 64),
    ("rule.d", 64), ("in.safetensors", 64), ("-", 64), ("", 64),
  ])
  func placesAreCheckedFirst(_ place: String, status: Int32) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: "\(LoracProcess.adapters)/heart.safetensors", toPath: "\(folder)/in.safetensors")
      let before = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/in.safetensors"))
      let result = try LoracProcess.run(
        [
          "merge", "in.safetensors", "--method", "linear", "-o", "out.safetensors", "--depfile",
          "rule.d", "--report", place,
        ], in: folder)
      #expect(result.status == status, "\(result.errors)")
      #expect(status == 64 || result.errorLines.count == 1)
      #expect(try contents(folder) == ["in.safetensors"])
      let after = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/in.safetensors"))
      #expect(before == after)
    }
  }
}
