import Formats
import Foundation
import Fusion
import Testing

/// Every file of the corpus gets the verdict of the reference library, and the code of its fault.
@Suite struct ValidationCorpusTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let id: String
    let path: String
    let layer: String
    let verdict: String
    let base: String?
    var testDescription: String { id }
  }

  static let cases: [Case] = {
    let folder = "\(TestMerge.fixtures)/zoo"
    let path = "\(folder)/malformed/manifest.json"
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)),
      let manifest = try? JSONValue(parsing: Array(data), file: path)
    else { return [] }
    return (manifest["cases"]?.elements ?? []).compactMap { entry in
      guard let id = entry["id"]?.stringValue, let file = entry["file"]?.stringValue,
        let layer = entry["layer"]?.stringValue, let verdict = entry["verdict"]?.stringValue
      else { return nil }
      let base = entry["base"]?.stringValue.map {
        $0 == "sd15" ? "\(folder)/bases/sd15" : "\(folder)/bases/\($0)/model.safetensors"
      }
      return Case(id: id, path: "\(folder)/\(file)", layer: layer, verdict: verdict, base: base)
    }
  }()

  /// Stricter than the library: the format's description forbids two tensors of one name, and
  /// readers differ in which they take.
  static let stricter: Set<String> = ["duplicate_tensor"]

  /// The fault that the corpus means, by its code.
  static let codes: [String: FindingCode] = [
    "empty": .tooShort, "seven_bytes": .tooShort, "header_len_zero": .emptyHeader,
    "header_len_u64_max": .headerTooLarge, "header_len_100MB_plus_1": .headerTooLarge,
    "header_len_beyond_file": .truncatedHeader, "truncated_header": .truncatedHeader,
    "header_len_short_by_one": .headerSyntax, "truncated_data": .truncatedData,
    "trailing_bytes": .trailingBytes, "not_json": .headerSyntax,
    "json_trailing_garbage": .headerSyntax, "json_single_quotes": .headerSyntax,
    "padding_nul": .headerSyntax, "bom_utf8": .headerSyntax, "invalid_utf8_key": .headerEncoding,
    "duplicate_tensor": .duplicateTensor, "duplicate_field": .duplicateField,
    "overlap": .dataOffsets, "hole": .dataOffsets, "begin_after_end": .dataOffsets,
    "negative_offset": .headerSyntax, "offsets_one": .headerEntry, "offset_u64_max": .headerSyntax,
    "shape_product_overflow": .shapeOverflow, "shape_product_overflow_wrap": .shapeOverflow,
    "negative_dim": .headerSyntax, "shape_size_mismatch": .sizeMismatch,
    "dtype_unknown": .unknownType, "dtype_missing": .headerEntry,
    "metadata_int_value": .metadataValue, "deep_nesting_metadata": .metadataValue,
    "leading_space": .headerStart, "name_newline": .controlInName, "name_ansi": .controlInName,
    "name_path_traversal": .pathInName, "name_empty": .emptyName, "name_nfc_nfd": .lookalikeNames,
    "metadata_ansi": .controlInMetadata, "torch_zip_ckpt": .torchCheckpoint, "raw_pickle": .pickle,
    "html_error": .webPage, "git_lfs_pointer": .lfsPointer,
    "ad_down_without_up": .missingFactor, "ad_up_without_down": .missingFactor,
    "ad_rank_mismatch": .rankMismatch, "ad_alpha_nan": .nonFiniteScale,
    "ad_alpha_zero": .zeroAlpha, "ad_alpha_negative": .negativeAlpha,
    "ad_alpha_vector": .notANumber, "ad_weight_nan": .nonFiniteWeight,
    "ad_weight_int32": .notWeights, "ad_wrong_in_dim": .targetShape,
    "ad_unknown_module": .noPlace, "ad_only_unknown_modules": .noPlace,
    "ad_conv_kernel_mismatch": .targetShape, "ad_rank_zero": .rankZero,
    "ad_loha_missing_w2b": .missingFactor, "ad_lokr_wrong_product": .targetShape,
    "ad_dora_scale_shape": .shapeMismatch, "ad_no_adapter_keys": .noAdapter,
    "ad_zero_tensors": .noTensors, "ad_unknown_suffix": .unknownTensor,
    "peft_no_config": .missingConfig, "peft_config_not_json": .invalidConfig,
    "peft_unknown_type": .unsupportedConfig, "peft_r_mismatch": .configDisagrees,
    "peft_target_not_in_base": .noPlace, "index_missing_shard": .missingShard,
    "index_path_traversal": .shardPath, "index_tensor_not_in_shard": .notInShard,
    "zst_truncated": .damagedZstd, "zst_bogus_size_huge": .damagedZstd,
    "zst_bogus_size_small_window": .damagedZstd, "zst_content_size_too_small": .damagedZstd,
    "zst_checksum_mismatch": .damagedZstd, "zst_inner_corrupt": .truncatedData,
    "zst_bomb_600MB": .zeroBytes, "zst_bomb_10GB": .zeroBytes,
  ]

  /// What is said of a sound container without an adapter, which the library would read.
  static let withoutAdapter: Set<FindingCode> = [.noAdapter, .noTensors, .missingFactor]

  static func validate(_ file: Case, quick: Bool = false) throws -> [FileValidation] {
    let base = try file.base.map { try Checkpoint(path: $0) }
    return try ValidationInputs([file.path]).validate(isQuick: quick, base: base, threads: 2) {
      _, _ in
    }
  }

  @Test func theCorpusIsThere() {
    #expect(Self.cases.count == 89)
    #expect(Set(Self.codes.keys).isSubset(of: Self.cases.map(\.id)))
  }

  @Test(arguments: cases) func verdictIsThatOfTheCorpus(_ file: Case) throws {
    let result = try #require(Self.validate(file).first)
    let errors = result.findings.filter { $0.severity == .error }.map(\.code)
    if file.verdict == "reject" || Self.stricter.contains(file.id) {
      #expect(result.verdict == .errors)
      #expect(Self.codes[file.id] != nil)
    } else if file.layer == "adapter" {
      #expect(result.verdict != .ok)
    } else {
      #expect(Set(errors).isSubset(of: Self.withoutAdapter), "\(errors)")
    }
    if let code = Self.codes[file.id] { #expect(result.findings.contains { $0.code == code }) }
    for finding in result.findings {
      #expect(!finding.message.isEmpty && !finding.remedy.isEmpty)
      #expect(!finding.sentence.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    }
  }

  /// What headers tell is told without the weights, and the weights add to it only.
  @Test(arguments: cases) func quickFindsNoMore(_ file: Case) throws {
    let quick = try Self.validate(file, quick: true).flatMap(\.findings)
    let full = try Self.validate(file).flatMap(\.findings)
    #expect(Set(quick).isSubset(of: full))
  }

  /// The example adapters and those that the reference libraries wrote.
  @Test func whatLibrariesWroteHasNoErrors() throws {
    let folder = "\(TestMerge.fixtures)/zoo/cases"
    let results = try ValidationInputs([folder]).validate(isQuick: false, threads: 2) { _, _ in }
    // The expected deltas beside the adapters are no adapters.
    let adapters = results.filter { !$0.path.contains("expected") }
    #expect(adapters.count > 60)
    for result in adapters {
      #expect(result.verdict != .errors, "\(result.path): \(result.findings)")
      #expect(result.kind == .adapter)
    }
  }
}
