import Formats
import Foundation
import Testing

/// Files of other formats are named for what they are.
@Suite struct ForeignContentTests {
  static let contents: [(start: [UInt8], code: FindingCode)] = [
    (Array("version https://git-lfs.github.com/spec/v1\noid sha256:".utf8), .lfsPointer),
    (Array("<!DOCTYPE html><html><body>401".utf8), .webPage),
    (Array("\u{FEFF}\n  <html lang=en>".utf8), .webPage),
    (Array("{\"error\":\"Unauthorized\"}".utf8), .webPage),
    ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], .pickle),
    ([0x80, 0x05, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x7D], .pickle),
    (Array("PK\u{3}\u{4}".utf8) + [0, 0, 8, 8] + Array("archive/data.pkl".utf8), .torchCheckpoint),
    (Array("PK\u{3}\u{4}".utf8) + [0, 0, 8, 8] + Array("readme.txt".utf8), .zipArchive),
    (Array("GGUF".utf8) + [3, 0, 0, 0, 1, 0], .gguf),
    ([0x89] + Array("PNG\r\n\u{1A}\n".utf8) + [0, 0, 0, 13], .image),
    ([0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8), .image),
    ([0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3], .gzip),
    ([0x89] + Array("HDF\r\n\u{1A}\n".utf8) + [0, 0], .otherFormat),
    ([0xFD] + Array("7zXZ".utf8) + [0, 0, 4, 0, 0], .otherFormat),
    ([UInt8](repeating: 0, count: 4096), .zeroBytes),
    (Array("<Html><head>".utf8), .webPage), (Array("<!-- login -->".utf8), .webPage),
    (Array("Entry not found".utf8), .webPage),
    (Array("Access to model x is restricted".utf8), .webPage),
    (Array("{\"status\":404,\"x\":1}".utf8), .webPage),
    (Array("ccollections\nOrderedDict\n".utf8), .pickle),
    (Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18), .zipArchive),
    ([0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0], .otherFormat),
    ([UInt8](repeating: 7, count: 257) + Array("ustar".utf8) + [0], .otherFormat),
    (Array("just some notes".utf8), .otherFormat),
  ]

  @Test(arguments: contents) func contentIsNamed(
    _ content: (start: [UInt8], code: FindingCode)
  )
    throws
  {
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/x.safetensors"
      try Data(content.start + [UInt8](repeating: 0x41, count: 64)).write(
        to: URL(fileURLWithPath: path))
      // All zeros stay all zeros.
      if content.code == .zeroBytes {
        try Data(content.start).write(to: URL(fileURLWithPath: path))
      }
      let error = #expect(throws: FormatError.self) { try SafetensorsFile(path: path) }
      #expect(error?.code == content.code)
      #expect(error?.kind == .unacceptable)
      #expect(error?.remedy == content.code.remedy)
    }
  }

  /// The lengths of these headers start like a pickle, a gzip file and a program.
  @Test(arguments: [0x1_0280, 0x00_0580, 0x08_8B1F], ["{", " \n{"])
  func lengthsThatLookLikeOtherFormats(_ length: Int, _ start: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let json = start + "\"__metadata__\":{\"x\":\""
      let filler = String(repeating: "y", count: length - json.utf8.count - 3)
      let size = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      let path = "\(folder)/x.safetensors"
      try Data(size + Array((json + filler + "\"}}").utf8)).write(to: URL(fileURLWithPath: path))
      #expect(try SafetensorsFile(path: path).header.metadata["x"] == filler)
    }
  }

  /// Found by the fuzzer: a table that gives content to a frame that readers skip.
  @Test func tablesOfFramesMayLie() throws {
    let text = """
      UCpNGBYAAAAHBwcHBwcHBwcHBwcHBwcHBwcHBwcHKLUvWQUAgwAAAAAAAAB7ImEiOiwgInNoYXBlIjogWzIsIDJdLC
      AiZGF0YV9vZmZzZXRzIjogWzAsIDE2XX0sICJiIjogeyJkdHlwZSJGMzIiLCAic2hhcGUiOiBbNF0sICJkYXRhX29m
      ZnNldHMiOiBbMTYsIDMyXX19eHl6AAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/AADAPwAA4D9eKk0YEQAAALwAAACrAA
      AAAQAAAACx6pKP
      """
    let bytes = try #require(Data(base64Encoded: text.replacing("\n", with: "")))
    try Fixtures.withTemporaryFolder { folder in
      let path = "\(folder)/x.safetensors.zst"
      try bytes.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: FormatError.self) { try SafetensorsFile(path: path) }
      #expect(error?.code == .damagedZstd)
    }
  }
}
