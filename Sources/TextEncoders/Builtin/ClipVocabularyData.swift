internal import CClipVocabulary

/// The bytes that are embedded in the executable for CLIP's tokenizer.
enum ClipVocabularyData {
  /// The 48,894 merges, as lines.
  static var merges: [UInt8] {
    // SAFETY: the C side owns the bytes for the life of the process and states their number.
    unsafe Array(
      UnsafeBufferPointer(start: lorac_clip_merges(), count: lorac_clip_merges_size()))
  }
}
