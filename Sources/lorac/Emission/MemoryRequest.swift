/// How much memory a job asks a scheduler for.
enum MemoryRequest {
  /// The process itself, with the builtin encoder.
  private static let processMebibytes = 192
  private static let step = 64

  /// For a target that needs `byteCount` by prediction, in steps, so that small changes change nothing.
  static func mebibytes(_ byteCount: Int) -> Int {
    let exact = processMebibytes + (byteCount >> 20) + 1
    return (exact + step - 1) / step * step
  }
}
