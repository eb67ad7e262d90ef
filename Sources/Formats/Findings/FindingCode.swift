/// Every kind of fault that a file can have, with its stable code, cause and remedy.
///
/// The only table of codes; `lorac validate --explain` and `docs/findings.md` are printed from it. A
/// code is never given another meaning, and that of a finding that is no longer made stays unused.
package enum FindingCode: String, CaseIterable, Sendable {
  // Access
  case unreadable = "E0001 unreadable"
  case readFailed = "E0002 read-failed"
  // Container
  case tooShort = "E0101 too-short"
  case headerTooLarge = "E0102 header-too-large"
  case truncatedData = "E0103 truncated-data"
  case truncatedHeader = "E0104 truncated-header"
  case headerEncoding = "E0105 header-encoding"
  case headerSyntax = "E0106 header-syntax"
  case headerEntry = "E0107 header-entry"
  case unknownType = "E0108 unknown-dtype"
  case metadataValue = "E0109 metadata-value"
  case duplicateTensor = "E0110 duplicate-tensor"
  case duplicateField = "E0111 duplicate-field"
  case dataOffsets = "E0112 data-offsets"
  case shapeOverflow = "E0113 shape-overflow"
  case sizeMismatch = "E0114 size-mismatch"
  case trailingBytes = "E0115 trailing-bytes"
  case emptyHeader = "E0116 empty-header"
  // What is no safetensors file, and compression
  case lfsPointer = "E0201 git-lfs-pointer"
  case webPage = "E0202 web-page"
  case pickle = "E0203 pickle"
  case zipArchive = "E0204 zip-archive"
  case torchCheckpoint = "E0205 torch-checkpoint"
  case gguf = "E0206 gguf"
  case image = "E0207 image"
  case gzip = "E0208 gzip"
  case zeroBytes = "E0209 zero-bytes"
  case otherFormat = "E0210 other-format"
  case damagedZstd = "E0211 damaged-zstd"
  case expansion = "E0212 zstd-expansion"
  // Adapters as a whole
  case noAdapter = "E0301 no-adapter"
  case noTensors = "E0302 no-tensors"
  case unsupportedFormat = "E0303 unsupported-format"
  case unsupportedAlgorithm = "E0304 unsupported-algorithm"
  case unknownName = "E0305 unknown-name"
  case missingConfig = "E0306 missing-config"
  case invalidConfig = "E0307 invalid-config"
  case unsupportedConfig = "E0308 unsupported-config"
  // Modules
  case missingFactor = "E0401 missing-factor"
  case rankMismatch = "E0402 rank-mismatch"
  case shapeMismatch = "E0403 shape-mismatch"
  case rankZero = "E0404 rank-zero"
  case notWeights = "E0405 not-weights"
  case notANumber = "E0406 not-a-number"
  case nonFiniteScale = "E0407 non-finite-scale"
  case nonFiniteWeight = "E0408 non-finite-weight"
  case repeatedModule = "E0409 repeated-module"
  case repeatedTensor = "E0410 repeated-tensor"
  case mixedAlgorithms = "E0411 mixed-algorithms"
  case configDisagrees = "E0412 config-disagrees"
  case tooLarge = "E0413 too-large"
  case refused = "E0499 refused"
  // Shards
  case invalidIndex = "E0501 invalid-index"
  case missingShard = "E0502 missing-shard"
  case shardPath = "E0503 shard-path"
  case notInShard = "E0504 tensor-not-in-shard"
  case inTwoShards = "E0505 tensor-in-two-shards"
  // Beside a base model
  case noPlace = "E0601 no-place"
  case targetShape = "E0602 target-shape"
  case otherFamily = "E0603 other-family"
  // Warnings
  case headerStart = "W0101 header-start"
  case repeatedMetadata = "W0102 repeated-metadata"
  case controlInName = "W0201 control-in-name"
  case pathInName = "W0202 path-in-name"
  case emptyName = "W0203 empty-name"
  case lookalikeNames = "W0204 look-alike-names"
  case controlInMetadata = "W0301 control-in-metadata"
  case metadataFormat = "W0302 metadata-format"
  case metadataDisagrees = "W0303 metadata-disagrees"
  case unknownTensor = "W0401 unknown-tensor"
  case bundledEmbedding = "W0402 bundled-embedding"
  case noAlpha = "W0403 no-alpha"
  case zeroAlpha = "W0404 zero-alpha"
  case negativeAlpha = "W0405 negative-alpha"
  case changedBase = "W0406 changed-base"
  case splitTraining = "W0407 split-training"
  case needsBase = "W0408 needs-base"
  case checkpoint = "W0409 checkpoint"
  case mixedFamilies = "W0410 mixed-families"
  case mixedDialects = "W0411 mixed-dialects"
  case noEffect = "W0412 no-effect"
  case otherDialect = "W0413 other-dialect"
  case indexSize = "W0501 index-size"
  case unlistedTensor = "W0502 unlisted-tensor"

  package enum Severity: String, Sendable { case error, warning }

  /// Such as `E0103`.
  package var id: Substring { rawValue.prefix(5) }
  /// Such as `truncated-data`.
  package var name: Substring { rawValue.dropFirst(6) }
  package var severity: Severity { rawValue.hasPrefix("E") ? .error : .warning }

  /// The code that `text` means: its id or its name, in any case.
  package init?(_ text: String) {
    let text = text.lowercased()
    let found = Self.allCases.first { $0.id.lowercased() == text || $0.name == text }
    guard let found else { return nil }
    self = found
  }

  /// What leads to the finding, in a sentence.
  package var cause: String { explanation.cause }
  /// How to go on, where a finding does not know better.
  package var remedy: String { explanation.remedy }

  private static let again = "download or copy the file again"
  private static let retrain = "save the adapter again with the tool that trained it"

  private var explanation: (cause: String, remedy: String) {
    switch self {
    case .unreadable:
      ("the path does not exist, may not be read, or is neither file nor folder", "check the path")
    case .readFailed: ("the system could not read the file to its end", "check the disk")
    case .tooShort: ("the file ends before its header", Self.again)
    case .headerTooLarge:
      (
        "the first 8 bytes give a header of more than 100 MB, which no reader accepts",
        "this is probably not a safetensors file; see where it came from"
      )
    case .truncatedData: ("the file ends before the last tensor that its header lists", Self.again)
    case .truncatedHeader: ("the header is longer than the rest of the file", Self.again)
    case .headerEncoding: ("the header is not UTF-8", Self.again)
    case .headerSyntax:
      ("the header is not one JSON object", "write the file with a safetensors library")
    case .headerEntry:
      (
        "an entry of the header lacks its dtype, shape of at most 64 dimensions, or two data_offsets, or they are not numbers",
        "write the file with a safetensors library"
      )
    case .unknownType:
      ("a tensor is of a type that the format does not have", "save it in another type")
    case .metadataValue:
      (
        "a value of __metadata__ is not a string",
        "write numbers and lists as text, as json.dumps does"
      )
    case .duplicateTensor:
      ("two tensors have one name, and readers differ in which they take", Self.retrain)
    case .duplicateField: ("a field occurs twice in an entry of the header", Self.retrain)
    case .dataOffsets:
      ("the bytes of two tensors overlap, or leave a hole between them", Self.retrain)
    case .shapeOverflow: ("a shape stands for more bytes than can be addressed", Self.retrain)
    case .sizeMismatch: ("a tensor's bytes are more or fewer than its shape needs", Self.retrain)
    case .trailingBytes:
      (
        "bytes follow the last tensor, as after a download that was appended to",
        "cut them off, or download the file again"
      )
    case .emptyHeader: ("the header has no room for a JSON object", Self.again)
    case .lfsPointer:
      ("a repository was cloned without its large files", "fetch the content with 'git lfs pull'")
    case .webPage:
      (
        "a server answered with a page or a message in place of the file",
        "log in or accept the licence there, and download it again"
      )
    case .pickle:
      (
        "the file is a Python pickle; loading one can run any code, so lorac never does",
        "convert it to safetensors where you trust its origin"
      )
    case .zipArchive: ("the file is a zip archive", "unpack it")
    case .torchCheckpoint:
      (
        "the file was written by torch.save: a zip archive with a Python pickle in it",
        "convert it to safetensors where you trust its origin"
      )
    case .gguf:
      ("the file is in GGUF, a format of llama.cpp", "use the safetensors it was made from")
    case .image: ("the file is a picture", "look for the model beside its preview")
    case .gzip: ("the file is compressed with gzip", "decompress it with 'gzip -d'")
    case .zeroBytes: ("space was reserved for a download that never came", Self.again)
    case .otherFormat:
      ("the file is of a format that lorac does not read", "see where it came from")
    case .damagedZstd: ("the compressed data fail their checks or end too early", Self.again)
    case .expansion:
      (
        "a small file claims to hold an enormous one, as zip bombs do",
        "if that is meant, decompress it with 'zstd -d' first"
      )
    case .noAdapter:
      ("no tensor has the name of an adapter's", "'lorac inspect' shows what the file holds")
    case .noTensors: ("the file holds no tensors", "look for the adapter elsewhere")
    case .unsupportedFormat:
      ("the file is of a kind of adapter that lorac does not read", "convert it to LoRA first")
    case .unsupportedAlgorithm:
      (
        "a module is of an algorithm that lorac does not compute",
        "merge it with the tool that made it"
      )
    case .unknownName:
      (
        "a module's name is of no dialect that lorac reads",
        "convert it to names of kohya or diffusers"
      )
    case .missingConfig:
      (
        "adapter_config.json is not beside adapter_model.safetensors, so the scale is not known",
        "copy it from where the adapter came from"
      )
    case .invalidConfig:
      ("a configuration is not JSON, or a field is of the wrong type", Self.retrain)
    case .unsupportedConfig:
      ("the configuration asks for what lorac does not compute", "merge it with PEFT first")
    case .missingFactor: ("a module lacks one of its tensors", Self.retrain)
    case .rankMismatch: ("the two factors of a module have different ranks", Self.retrain)
    case .shapeMismatch: ("the tensors of a module do not fit together", Self.retrain)
    case .rankZero: ("a factor has no rows or no columns", "remove the module")
    case .notWeights: ("a weight is of a type that is not floating point", Self.retrain)
    case .notANumber: ("what should be one number has another shape or type", Self.retrain)
    case .nonFiniteScale: ("an alpha or scale is infinite or not a number", "set the right alpha")
    case .nonFiniteWeight:
      (
        "a weight is infinite or not a number, as after a training that diverged",
        "take an earlier checkpoint of the training; such an adapter gives black images"
      )
    case .repeatedModule:
      ("one weight is changed under two names", "remove one: adding both would double the effect")
    case .repeatedTensor: ("a module has one of its tensors under two names", "remove one of them")
    case .mixedAlgorithms: ("tensors of two algorithms stand under one name", Self.retrain)
    case .configDisagrees:
      (
        "tensors and configuration tell different ranks or alphas",
        "find the configuration that belongs to the file"
      )
    case .tooLarge: ("a weight would be larger than that of any model", Self.retrain)
    case .refused: ("'lorac merge' refuses the adapter", "see the message")
    case .invalidIndex:
      ("the index of shards is not JSON with an object 'weight_map'", "download the index again")
    case .missingShard: ("a file that the index names is not beside it", "download the shard")
    case .shardPath:
      ("the index names a file outside its folder, which is never opened", "do not trust the model")
    case .notInShard:
      ("a tensor is not in the shard that the index names", "download index and shards again")
    case .inTwoShards: ("two shards hold one tensor", "download index and shards again")
    case .noPlace:
      (
        "the base has no weight that the module changes",
        "check the base; 'lorac merge --allow-unmatched' leaves such modules out"
      )
    case .targetShape:
      ("the weight in the base has another shape", "give the base that the adapter is for")
    case .otherFamily:
      ("adapter and base are of different families", "give the base that the adapter is for")
    case .headerStart:
      ("the header does not start with '{', as the format's description demands", "save it again")
    case .repeatedMetadata: ("a metadata key occurs twice; the last value counts", "remove one")
    case .controlInName:
      ("a tensor's name holds control or invisible characters", "do not trust the file")
    case .pathInName:
      (
        "a tensor's name looks like a path; lorac never uses one as such, other tools may",
        "do not trust the file"
      )
    case .emptyName: ("a tensor has no name", Self.retrain)
    case .lookalikeNames:
      ("two names are the same text in different Unicode forms", "rename one of them")
    case .controlInMetadata:
      (
        "metadata hold control characters, which could steer a terminal",
        "remove them, or do not trust the file"
      )
    case .metadataFormat:
      ("a metadata entry is not of the form that its name promises", "correct or remove the entry")
    case .metadataDisagrees:
      ("metadata tell another rank or base model than the tensors", "trust the tensors")
    case .unknownTensor:
      ("a tensor is of no known kind; merging leaves it out", "see whether another tool needs it")
    case .bundledEmbedding:
      (
        "the file also holds an embedding for a prompt's word; only kohya outputs keep it",
        "write --dialect kohya, or keep the original for use with that word"
      )
    case .noAlpha:
      ("modules have no alpha, so their scale is 1", "fine where the training tool stores none")
    case .zeroAlpha:
      (
        "an alpha is 0, by which a module has no effect; some tools take 0 as the rank",
        "set the alpha that was meant"
      )
    case .negativeAlpha:
      ("an alpha is negative, so the module acts in reverse", "check it is meant")
    case .changedBase:
      ("the training started from a changed base model (PiSSA and the like)", "use that base model")
    case .splitTraining:
      (
        "modules were trained in parts and stored as one, with the alpha of a part",
        "see 'lorac inspect'"
      )
    case .needsBase:
      ("the change depends on the base's weights", "merge it with --base")
    case .checkpoint:
      (
        "the file is sound, and a model instead of an adapter",
        "give it to 'lorac merge' with --base"
      )
    case .mixedFamilies:
      ("modules fit different base models", "find out which of them the adapter is for")
    case .mixedDialects:
      (
        "names of several tools are in one file",
        "convert it: many tools read the names of one only"
      )
    case .noEffect:
      ("a factor is zero throughout, so its module changes nothing", "remove the module")
    case .otherDialect:
      (
        "what the adapter holds cannot be written in its own dialect",
        "merge it with --dialect kohya"
      )
    case .indexSize:
      ("the index gives another total size than its shards have", "write the index anew")
    case .unlistedTensor:
      ("a shard holds tensors that its index does not list", "write the index anew")
    }
  }
}
