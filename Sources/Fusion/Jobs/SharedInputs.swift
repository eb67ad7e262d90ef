package import Formats
internal import Synchronization
package import TextEncoders
internal import Workers

/// What merges that are run together have in common, read once: adapters, keys, models, encoders.
///
/// Adapters and models are mapped, so that many open ones cost their headers. Safe from several
/// threads at once; what two ask for at the same time may be read twice.
package final class SharedInputs: Sendable {
  private struct AdapterID: Hashable {
    let path: String
    let reading: AdapterReading
  }

  private let adapters = Mutex<[AdapterID: AdapterFile]>([:])
  private let keys = Mutex<[String: AdapterKey]>([:])
  private let checkpoints = Mutex<[String: Checkpoint]>([:])
  private let encoders = Mutex<[EncoderRequest: RememberingEncoder]>([:])
  private let digests = Mutex<[String: String]>([:])

  package init() {}

  /// The adapter at `path`, opened.
  ///
  /// - Throws: `FormatError`, every time.
  package func adapter(at path: String, _ reading: AdapterReading) throws -> AdapterFile {
    let id = AdapterID(path: path, reading: reading)
    if let known = adapters.withLock({ $0[id] }) { return known }
    let file = try AdapterFile(path: path, reading: reading)
    adapters.withLock { $0[id] = file }
    return file
  }

  /// The key of `file`, where nobody gave one.
  private func key(of file: AdapterFile) -> AdapterKey {
    if let known = keys.withLock({ $0[file.path] }) { return known }
    let key = KeyResolver(path: file.path, metadata: file.metadata).key()
    keys.withLock { $0[file.path] = key }
    return key
  }

  /// The key of `file`, with texts that a command or a recipe gave before those that are found.
  func key(of file: AdapterFile, explicit: [String], recipe: [String]) -> AdapterKey {
    let found = key(of: file)
    guard let given = explicit.isEmpty ? (recipe.isEmpty ? nil : recipe) : explicit else {
      return found
    }
    return AdapterKey(
      texts: given, source: explicit.isEmpty ? .recipe : .option, triggers: found.triggers,
      notes: found.notes)
  }

  /// The model at `path`, opened.
  ///
  /// - Throws: `FormatError`, every time.
  package func checkpoint(at path: String) throws -> Checkpoint {
    if let known = checkpoints.withLock({ $0[path] }) { return known }
    let checkpoint = try Checkpoint(path: path)
    checkpoints.withLock { $0[path] = checkpoint }
    return checkpoint
  }

  /// The encoder of `request`, which computes every text once.
  ///
  /// - Throws: `TextEncoderError`, every time.
  package func encoder(
    _ request: EncoderRequest, threads: Int
  ) throws(TextEncoderError) -> any TextEncoder {
    if let known = encoders.withLock({ $0[request] }) { return known }
    let encoder = RememberingEncoder(
      try EncoderResolver.encoder(request, threads: threads))
    encoders.withLock { $0[request] = encoder }
    return encoder
  }

  /// Says what the SHA-256 of the file at `path` is.
  package func remember(sha256: String, ofFile path: String) {
    digests.withLock { $0[path] = sha256 }
  }

  /// What was said of the file at `path`.
  package func sha256(ofFile path: String) -> String? { digests.withLock { $0[path] } }
}

/// An encoder that keeps the vectors of all texts that it was given.
private final class RememberingEncoder: TextEncoder {
  private struct Text: Hashable {
    let bytes: [UInt8]
    let longText: LongText
  }

  private let encoder: any TextEncoder
  private let known = Mutex<[Text: TextEmbedding]>([:])

  init(_ encoder: any TextEncoder) { self.encoder = encoder }

  var identity: EncoderIdentity { encoder.identity }
  var files: [String] { encoder.files }
  var notes: [String] { encoder.notes }

  func embed(_ texts: [String], longText: LongText, threads: Int) throws -> [TextEmbedding] {
    // By their bytes, as `String`s are equal that tokenizers tell apart.
    let keys = texts.map { Text(bytes: Array($0.utf8), longText: longText) }
    var seen: Set<Text> = []
    let missing = known.withLock { known in
      keys.indices.filter { known[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
    }
    let computed =
      missing.isEmpty
      ? [] : try encoder.embed(missing.map { texts[$0] }, longText: longText, threads: threads)
    return known.withLock { known in
      for (index, embedding) in zip(missing, computed) { known[keys[index]] = embedding }
      return keys.compactMap { known[$0] }
    }
  }
}
