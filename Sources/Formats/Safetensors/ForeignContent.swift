/// Names what people feed to a reader of safetensors by mistake.
enum ForeignContent {
  private struct Signature {
    let prefixes: [[UInt8]]
    let code: FindingCode
    let what: String

    init(_ prefixes: [[UInt8]], _ code: FindingCode, _ what: String) {
      (self.prefixes, self.code, self.what) = (prefixes, code, what)
    }

    init(_ texts: [String], _ code: FindingCode, _ what: String) {
      self.init(texts.map { Array($0.utf8) }, code, what)
    }
  }

  private static let signatures: [Signature] = [
    Signature(
      ["version https://git-lfs"], .lfsPointer, "is a git-lfs pointer, not the model itself"),
    Signature(
      ["<!doctype", "<!--", "<html", "<head", "<body", "<?xml"], .webPage,
      "is a web page, not a model"),
    Signature(
      [
        "{\"error", "{\"message", "{\"detail", "{\"status", "{\"success", "{\"code",
        "entry not found",
        "invalid username or password", "invalid credentials", "access to model",
        "access to this resource", "repository not found", "not found", "unauthorized", "forbidden",
        "access denied",
      ], .webPage, "is an error message of a web server"),
    Signature(
      [[0x80, 0x02], [0x80, 0x03], [0x80, 0x04], [0x80, 0x05]], .pickle,
      "is a Python pickle; loading one can run any code, so lorac never does"),
    Signature(
      ["(dp", "(lp", "c__builtin__", "ccollections", "ctorch", "cnumpy"], .pickle,
      "is a Python pickle; loading one can run any code, so lorac never does"),
    Signature([[0x93] + Array("NUMPY".utf8)], .otherFormat, "is an array of NumPy (.npy)"),
    Signature([[0x28, 0xB5, 0x2F, 0xFD]], .otherFormat, "is compressed with zstd more than once"),
    Signature(["GGUF"], .gguf, "is a GGUF file, which lorac does not read"),
    Signature(
      ["ggml", "ggjt", "lmgg", "tjgg"], .gguf, "is a GGML file, which lorac does not read"),
    Signature([[0x89] + Array("PNG".utf8)], .image, "is a PNG picture, not a model"),
    Signature([[0xFF, 0xD8, 0xFF]], .image, "is a JPEG picture, not a model"),
    Signature(["RIFF"], .image, "is a WebP picture or another RIFF file, not a model"),
    Signature(["GIF8"], .image, "is a GIF picture, not a model"),
    Signature([[0x1F, 0x8B, 0x08]], .gzip, "is compressed with gzip, which lorac does not read"),
    Signature([[0x89] + Array("HDF".utf8)], .otherFormat, "is an HDF5 file (.h5), not safetensors"),
    Signature([[0x7F] + Array("ELF".utf8)], .otherFormat, "is a program, not a model"),
    Signature(["%PDF"], .otherFormat, "is a PDF document, not a model"),
    Signature(["Rar!", "BZh"], .otherFormat, "is an archive, not a model"),
    Signature(
      [[0xFD] + Array("7zXZ".utf8), Array("7z".utf8) + [0xBC, 0xAF]], .otherFormat,
      "is an archive, not a model"),
  ]

  private static let zipMagics = ["PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{7}\u{8}"].map {
    Array($0.utf8)
  }

  /// The error for a file that starts with `start`, if it is a known kind of something else.
  static func fault(start: [UInt8], path: String) -> FormatError? {
    // `80 02 01 00 …` is the start of a pickle, or the length of a header.
    guard !isPlausibleHeader(start) else { return nil }
    let text = Array(start.drop { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) })
    if zipMagics.contains(where: start.starts(with:)) { return archive(start, path) }
    // Text may have space or a byte order mark before it, and capital letters.
    let lowercase = text.prefix(64).map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    let known = signatures.first { signature in
      signature.prefixes.contains {
        start.starts(with: $0) || text.starts(with: $0) || lowercase.starts(with: $0)
      }
    }
    if let known { return fault(known.code, known.what, path) }
    if start.dropFirst(257).starts(with: "ustar".utf8) {
      return fault(.otherFormat, "is a tar archive, not a model", path)
    }
    if start.count >= 16, start.allSatisfy({ $0 == 0 }) {
      return fault(.zeroBytes, "starts with nothing but zero bytes", path)
    }
    return isText(start) ? fault(.otherFormat, "is text, not a model", path) : nil
  }

  /// Whether the first 16 bytes are printable: as the length of a header they are too large for any.
  private static func isText(_ start: [UInt8]) -> Bool {
    start.count >= 8
      && start.prefix(16).allSatisfy {
        (0x20..<0x7F).contains($0) || [0x09, 0x0A, 0x0D].contains($0)
      }
  }

  private static func fault(_ code: FindingCode, _ what: String, _ path: String) -> FormatError {
    .unacceptable(path, what, remedy: code.remedy, code: code)
  }

  /// torch.save names what it packs `archive/data.pkl`, or by the file instead of `archive`.
  private static func archive(_ start: [UInt8], _ path: String) -> FormatError {
    let isTorch = start.indices.contains { start[$0...].starts(with: "/data.pkl".utf8) }
    return isTorch
      ? fault(
        .torchCheckpoint,
        "is a PyTorch checkpoint: a zip archive with a pickle in it, which lorac never loads", path)
      : fault(.zipArchive, "is a zip archive, not a model", path)
  }

  /// Whether `start` is the length of a header and the start of one.
  private static func isPlausibleHeader(_ start: [UInt8]) -> Bool {
    guard start.count > 8, let length = start.withRawBytes({ $0.littleEndian64(at: 0) }),
      length <= SafetensorsHeader.byteLimit
    else { return false }
    return start.dropFirst(8).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      == UInt8(ascii: "{")
  }
}
