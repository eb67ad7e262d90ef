import ArgumentParser
import Formats
import Fusion

/// A metadata entry to be set.
struct MetadataEntry: ExpressibleByArgument {
  let key: String
  let value: String

  init?(argument: String) {
    guard let separator = argument.firstIndex(of: "="), separator != argument.startIndex else {
      return nil
    }
    key = String(argument[..<separator])
    value = String(argument[argument.index(after: separator)...])
  }
}

/// How the files of a folder are stored.
enum FolderCompression: String, ExpressibleByArgument, CaseIterable {
  case none, zstd
}

/// Where a converted file goes, and what changes.
struct ConversionFlags: ParsableArguments {
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      """
      The file to write: .safetensors, or .safetensors.zst for zstd; a folder (or a path that ends \
      in /) for the layout of PEFT, or that of the model; - for standard output.
      """, valueName: "path"),
    completion: .file(extensions: ["safetensors", "zst"]))
  var output: String?

  @Option(help: "Names of the tensors: kohya, diffusers or peft. Default: they stay.")
  var dialect: AdapterDialect?

  @Option(help: "Type of the weights: F32, F16 or BF16. Default: it stays.")
  var dtype: WrittenType?

  @Option(help: ArgumentHelp("zstd level, 1 to 22.", valueName: "l"))
  var level = 3

  @Option(
    help: "Files of weights in a model's folder: zstd or none. Default: each stays as it is.")
  var compress: FolderCompression?

  @Flag(help: "Multiply the scales into the factors, so that each is 1.")
  var foldAlpha = false

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a metadata entry; repeatable.", valueName: "key=value"))
  var set: [MetadataEntry] = []

  @Option(help: ArgumentHelp("Remove a metadata entry; repeatable.", valueName: "key"))
  var unset: [String] = []

  @Flag(help: "Remove all metadata but what the scale depends on, before --set.")
  var strip = false

  @Flag(help: "Refuse to replace an existing file.")
  var noClobber = false

  @Flag(help: "Do everything but write.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Write a Make rule that names every file read.", valueName: "file.d"),
    completion: .file())
  var depfile: String?

  func validate() throws {
    guard (1...22).contains(level) else {
      throw ValidationError("--level \(level) is not between 1 and 22")
    }
    guard output != "" else { throw ValidationError("-o needs a path that is not empty") }
    guard output != nil || dryRun else {
      throw ValidationError("missing -o PATH, the file to write")
    }
    guard output != nil || depfile == nil else {
      throw ValidationError("--depfile needs -o PATH, the file that depends")
    }
  }

  var options: ConversionOptions {
    ConversionOptions(
      dialect: dialect, dtype: dtype?.dtype, foldsScale: foldAlpha,
      edits: MetadataEdits(
        set: set.map { ($0.key, $0.value) }, unset: unset, strips: strip))
  }

  /// Where the output goes; `modelFile` is what the file of a model is called in a folder, nil for adapters.
  func location(modelFile: String? = nil) -> OutputLocation {
    var output = MergeRequest.Output(path: output)
    (output.level, output.replaces) = (level, !noClobber)
    return OutputLocation(output, modelFile: modelFile)
  }

  /// The folder that a model of several files becomes; nil if one file is asked for.
  var folderOfModel: String? {
    guard let output else { return "-" }
    let isFile = [".safetensors", ".zst"].contains(where: output.hasSuffix) || output == "-"
    return isFile && !Folder.isFolder(output) ? nil : output
  }
}
