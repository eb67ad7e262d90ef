extension [UInt8] {
  /// Calls `body` with the elements of `range`, to be written in place.
  ///
  /// - Precondition: `range` lies within the array.
  package mutating func withOutputBytes<Result>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) -> Result
  ) -> Result {
    // SAFETY: the slice checks its bounds, and the span does not outlive the call.
    unsafe withUnsafeMutableBytes { buffer in
      var bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[range]).mutableBytes
      return body(&bytes)
    }
  }
}
