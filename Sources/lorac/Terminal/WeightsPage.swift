import Formats
import Fusion
import TextEncoders

/// The weights of adapters as a page for the terminal.
struct WeightsPage {
  private let weighed: WeighedLibrary
  private let style: Style
  private let width: Int

  init(_ weighed: WeighedLibrary, style: Style, width: Int) {
    (self.weighed, self.style, self.width) = (weighed, style, width)
  }

  func print() throws {
    try StandardOutput.print(lines.joined(separator: "\n"))
  }

  /// The adapters worth a column, best first, as many as fit.
  private var columns: [Int] {
    let weights = weighed.weights
    let best = weights.adapters.indices.map { index in
      (
        index: index, weight: weights.weights[index].magnitude,
        cosine: weights.prompts.map { $0.cosines[index] }.max() ?? 0
      )
    }.sorted { ($1.weight, $1.cosine, $0.index) < ($0.weight, $0.cosine, $1.index) }
    var (columns, used): ([Int], Int) = ([], 12)
    for entry in best {
      used += 2 + max(5, header(entry.index).terminalWidth)
      guard columns.count < 2 || used <= width else { break }
      columns.append(entry.index)
    }
    return columns
  }

  private func header(_ index: Int) -> String {
    printable(weighed.weights.adapters[index]).truncated(to: 20)
  }

  var lines: [String] {
    var lines = [summary]
    if !weighed.weights.prompts.isEmpty { lines += [""] + promptTable }
    return lines + [""] + adapterTable
  }

  private var summary: String {
    let weights = weighed.weights
    var parts = ["method \(weights.method)"]
    if let encoder = weighed.encoder { parts.append("encoder \(encoder.spec) (\(encoder.id))") }
    if let attention = weights.attention { parts.append("\(attention.rawValue) attention") }
    if let temperature = weights.temperature { parts.append("temperature \(temperature)") }
    if let mix = weights.mix { parts.append("mix \(mix.rawValue)") }
    parts.append("strength \(weights.strength)")
    return style.dim(parts.joined(separator: ", "))
  }

  private var promptTable: [String] {
    let columns = columns
    var table = TextTable([.left] + columns.map { _ in .right })
    var bold: Set<Int> = [0]
    var count = 1
    table.add([""] + columns.map(header))
    var titles: [Int: String] = [:]
    for prompt in weighed.weights.prompts {
      titles[count] = title(of: prompt)
      for (label, values) in [
        ("  cosine", prompt.cosines), ("  share", prompt.shares), ("  weight", prompt.weights),
      ] {
        table.add([label] + columns.map { Quantity.decimal(values[$0], 3) })
        count += 1
      }
    }
    if weighed.weights.prompts.count > 1 {
      table.add(["fused"] + columns.map { Quantity.decimal(weighed.weights.weights[$0], 3) })
      bold.insert(count)
    }
    var lines: [String] = []
    let rows = table.lines { index, line in bold.contains(index) ? style.bold(line) : line }
    for (index, line) in rows.enumerated() {
      if let title = titles[index] { lines.append(title) }
      lines.append(line)
    }
    let hidden = weighed.weights.adapters.count - columns.count
    if hidden > 0 { lines.append(style.dim("  and \(Quantity.count(hidden, "adapter")) more")) }
    return lines
  }

  /// The prompt, and the adapters that it selects, which may have no column.
  private func title(of prompt: PromptWeights) -> String {
    let names = weighed.weights.adapters
    let chosen = names.indices.filter { prompt.weights[$0] != 0 }
      .sorted { (prompt.weights[$1].magnitude, $0) < (prompt.weights[$0].magnitude, $1) }
    let list = chosen.prefix(4).map { printable(names[$0]) }.joined(separator: ", ")
    let more = chosen.count > 4 ? ", …" : ""
    let text = "“\(printable(prompt.prompt.text).truncated(to: max(20, width - 40)))”"
    return chosen.isEmpty ? text : "\(text) → \(list)\(more)"
  }

  /// The range of the weights of each adapter that has several.
  private var moduleLines: [String] {
    guard weighed.moduleWeights.varies else { return [] }
    return weighed.library.members.enumerated().compactMap { index, member in
      let weights = member.file.modules.flatMap {
        weighed.moduleWeights.weights(of: $0, adapter: index)
      }
      guard let least = weights.min(), let most = weights.max() else { return nil }
      guard least != most || most != weighed.weights.weights[index] else { return nil }
      let range =
        least == most
        ? Quantity.decimal(most, 3)
        : "\(Quantity.decimal(least, 3)) to \(Quantity.decimal(most, 3))"
      return "by module: \(printable(member.name)) \(range)"
    }
  }

  private var adapterTable: [String] {
    let weights = weighed.weights
    let order = weights.adapters.indices.sorted {
      (weights.weights[$1].magnitude, $0) < (weights.weights[$0].magnitude, $1)
    }
    var table = TextTable([.left, .right, .left, .left])
    table.add(weighed.keys.isEmpty ? ["adapter", "weight"] : ["adapter", "weight", "key", "from"])
    let limit = 40
    for index in order.prefix(limit) {
      var row = [weights.adapters[index], Quantity.decimal(weights.weights[index], 3)]
      if index < weighed.keys.count {
        let key = weighed.keys[index]
        row += [
          key.texts.joined(separator: " | ").truncated(to: max(24, width - 56)), "\(key.source)",
        ]
      }
      table.add(row)
    }
    var lines = table.lines { index, line in
      if index == 0 { return style.bold(line) }
      return weights.weights[order[index - 1]] == 0 ? style.dim(line) : line
    }
    if order.count > limit { lines.append(style.dim("and \(order.count - limit) more")) }
    lines += moduleLines
    lines.append("effective adapters: \(Quantity.decimal(weights.effectiveAdapters, 2))")
    return lines
  }
}
