/// Calls `body` with the bytes of `array` from index `start`, so at any alignment.
func withOutput<Result>(
  _ array: inout [UInt8], from start: Int, _ body: (inout MutableRawSpan) -> Result
) -> Result {
  array.withUnsafeMutableBytes { buffer in
    var span = UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).mutableBytes
    return body(&span)
  }
}
