internal import Yams

/// A YAML document, or a JSON one, as nodes with their places.
struct YAMLDocument {
  /// Nil for an empty document.
  let root: RecipeNode?
  /// What is wrong, where the rest can be read nevertheless.
  let faults: [RecipeFault]

  /// - Throws: `RecipeFault` where the text cannot be read.
  init(_ file: TextFile) throws(RecipeFault) {
    var text = try YAMLText(file)
    guard let (root, parser) = try text.parse() else {
      (self.root, faults) = (nil, [])
      return
    }
    var builder = NodeBuilder(text, path: file.path)
    let node = try builder.node(root, depth: 0)
    // Nodes know their anchors as long as the parser lives.
    withExtendedLifetime(parser) {}
    self.root = node.isEmpty ? nil : node
    faults = builder.faults
  }
}

/// Turns the tree of Yams into nodes: finds out what is an alias, and what is there twice.
private struct NodeBuilder {
  private let text: YAMLText
  private let path: String
  private(set) var faults: [RecipeFault] = []
  private var anchors: [String: (node: RecipeNode, count: Int)] = [:]
  /// How many nodes there are, those that aliases stand for counted each time.
  private var count = 0
  private var aliased = 0

  private static let depthLimit = 64
  /// Those of values without a tag.
  private static let tags = [Tag.Name.str, .map, .seq].map(\.rawValue)
  /// What aliases may add to the nodes that are written down.
  private static let aliasLimit = 100_000

  init(_ text: YAMLText, path: String) { (self.text, self.path) = (text, path) }

  private func place(_ mark: Mark?) -> RecipePlace {
    RecipePlace(file: path, line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  mutating func node(_ node: Node, depth: Int) throws(RecipeFault) -> RecipeNode {
    let place = place(node.mark)
    try check(depth: depth, place)
    let before = count
    count += 1
    guard Self.tags.contains(node.tag.rawValue) else {
      faults.append(
        RecipeFault(
          place, "the tag '\(node.tag.rawValue)' has no meaning here",
          hint: "remove it; what is in quotes is a text"))
      return RecipeNode(place: place, content: .broken)
    }
    let content: RecipeNode.Content
    switch node {
    case .scalar(let scalar):
      if scalar.style == .plain, scalar.string.unicodeScalars.first == text.star {
        return try alias(text.original(scalar.string), place, depth)
      }
      let string = text.original(scalar.string)
      content = scalar.style == .plain ? .plain(string) : .text(string)
    case .sequence(let sequence):
      content = .list(
        try sequence.map { element throws(RecipeFault) in try self.node(element, depth: depth + 1) }
      )
    case .mapping(let mapping): content = .mapping(try members(of: mapping, depth: depth))
    case .alias: content = .broken
    }
    let result = RecipeNode(place: place, content: content)
    if let anchor = node.anchor { anchors[anchor.rawValue] = (result, count - before) }
    return result
  }

  private func check(depth: Int, _ place: RecipePlace) throws(RecipeFault) {
    guard depth < Self.depthLimit else {
      throw RecipeFault(place, "values are nested more than \(Self.depthLimit) levels deep")
    }
  }

  private mutating func alias(
    _ reference: String, _ place: RecipePlace, _ depth: Int
  ) throws(RecipeFault) -> RecipeNode {
    let name = String(reference.dropFirst())
    guard let anchor = anchors[name] else {
      faults.append(
        RecipeFault(
          place, "the alias '\(reference)' stands for nothing: no '&\(name)' comes before it",
          hint: "a text that starts with '*' needs quotes"))
      return RecipeNode(place: place, content: .broken)
    }
    try check(depth: depth + anchor.node.height, place)
    aliased += anchor.count
    guard aliased <= Self.aliasLimit else {
      throw RecipeFault(place, "aliases stand for more than \(Self.aliasLimit) values")
    }
    count += anchor.count
    return anchor.node
  }

  private mutating func members(
    of mapping: Node.Mapping, depth: Int
  ) throws(RecipeFault) -> [RecipeNode.Member] {
    var members: [RecipeNode.Member] = []
    var places: [String: RecipePlace] = [:]
    for (key, value) in mapping {
      let node = try node(key, depth: depth + 1)
      let value = try self.node(value, depth: depth + 1)
      let (name, isPlain): (String, Bool)
      switch node.content {
      case .plain(let text): (name, isPlain) = (text, true)
      case .text(let text): (name, isPlain) = (text, false)
      case .broken: continue
      case .list, .mapping:
        faults.append(
          RecipeFault(node.place, "\(node.kind) cannot be the name of a field"))
        continue
      }
      let own = key.mark.flatMap { text.renamed[.init($0)] }.map(text.original) ?? name
      if let first = places[own] {
        faults.append(.duplicate(own, at: node.place, first: first))
        continue
      }
      places[own] = node.place
      members.append(
        RecipeNode.Member(key: Placed(own, node.place), isPlain: isPlain, value: value))
    }
    return members
  }
}
