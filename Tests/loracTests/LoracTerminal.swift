import Foundation
import Glibc
import Testing

/// The built command on a terminal, as a person sees it.
enum LoracTerminal {
  /// TIOCSPTLCK and TIOCGPTN of Linux, macros that Swift does not see.
  private static let (unlock, ask): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

  /// The lines that the command shows on a terminal of `columns`, without colour.
  static func lines(_ arguments: [String], in folder: String, columns: Int) throws -> [String] {
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(terminal >= 0)
    defer { close(terminal) }
    var (locked, number): (Int32, Int32) = (0, 0)
    try #require(ioctl(terminal, unlock, &locked) == 0 && ioctl(terminal, ask, &number) == 0)
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
    let side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(side >= 0)
    let process = try LoracProcess.prepare(arguments + ["--color", "never"], in: folder)
    process.standardOutput = FileHandle(fileDescriptor: side)
    do {
      // The end of this side is seen only when nobody but the process holds the other.
      defer { close(side) }
      try process.run()
    }
    let text = read(terminal)
    process.waitUntilExit()
    return text.replacing("\r\n", with: "\n").split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  private static func read(_ terminal: Int32) -> String {
    var (bytes, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 1 << 16))
    while true {
      let count = Glibc.read(terminal, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }
}
