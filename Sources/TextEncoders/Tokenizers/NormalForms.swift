// `_nfc` and `_nfd` are the standard library's normal forms. The public way to them is the whole of
// Foundation with ICU: twice the start-up time of the process, and 40 MB in a static executable.
@_spi(_Unicode) internal import Swift

extension String {
  var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }

  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }

  /// Unicode's normalization form C.
  var composed: String { isASCII ? self : String(scalars: withPlainMarks._nfc) }

  /// Unicode's normalization form D.
  var decomposed: String { isASCII ? self : String(scalars: withPlainMarks._nfd) }

  /// An equivalent text without two things that the standard library does not do well.
  ///
  /// It orders combining marks by insertion, which takes seconds for 100,000 in a row. And it takes the
  /// three Tibetan signs that decompose into marks, but are none, for the end of a run of marks.
  private var withPlainMarks: String {
    var scalars = Array(unicodeScalars)
    let hasSigns = scalars.contains { !$0.tibetanParts.isEmpty }
    if hasSigns {
      scalars = scalars.flatMap { $0.tibetanParts.isEmpty ? [$0] : $0.tibetanParts }
    }
    return scalars.orderLongRuns() || hasSigns ? String(scalars: scalars) : self
  }
}

extension [Unicode.Scalar] {
  /// Puts marks into canonical order where more than 32 are in a row; true if there are any.
  fileprivate mutating func orderLongRuns() -> Bool {
    var (start, isAny) = (0, false)
    for index in 0...count where index == count || self[index].combiningClass == 0 {
      if index - start > 32 {
        orderMarks(start..<index)
        isAny = true
      }
      start = index + 1
    }
    return isAny
  }

  /// Orders the marks in `run` by their combining class; equal ones keep their order.
  private mutating func orderMarks(_ run: Range<Int>) {
    var byClass: [[Unicode.Scalar]] = []
    for scalar in self[run] {
      let kind = Int(scalar.combiningClass)
      while byClass.count <= kind { byClass.append([]) }
      byClass[kind].append(scalar)
    }
    replaceSubrange(run, with: byClass.joined())
  }
}

extension Unicode.Scalar {
  /// The canonical decomposition of one of three signs; nothing for all others.
  fileprivate var tibetanParts: [Unicode.Scalar] {
    switch value {
    case 0xF73: ["\u{F71}", "\u{F72}"]
    case 0xF75: ["\u{F71}", "\u{F74}"]
    case 0xF81: ["\u{F71}", "\u{F80}"]
    default: []
    }
  }

  fileprivate var combiningClass: UInt8 {
    value < 0x300 ? 0 : properties.canonicalCombiningClass.rawValue
  }
}
