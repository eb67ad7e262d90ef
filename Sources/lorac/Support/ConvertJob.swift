import Formats
import Fusion

/// One conversion, from a file to a file, or from a folder to a folder.
struct ConvertJob {
  /// What a conversion wrote, or would write.
  struct Outcome {
    let input: String
    let inputDialect: AdapterDialect?
    let inputCompression: SafetensorsFile.Compression?
    let inputTensorCount: Int
    /// The size of the files that are read, as they lie on disk.
    let inputByteCount: Int
    /// The output, and what it is, such as `safetensors.zst` or `folder`.
    let output: (name: String, format: String)
    let dialect: AdapterDialect?
    let dtypes: [DType]
    let tensorCount: Int
    let changedCount: Int
    /// Nil where several files have their own.
    let metadata: [String: String]?
    /// Of a folder, the files of weights and those that are copied.
    let fileCounts: (weights: Int, copied: Int)?
    let isWritten: Bool
    /// The size of what was written; of plain files where nothing was.
    let byteCount: Int
    let sha256: String?
    /// Where elements became zero.
    let losses: [ConversionLoss]
  }

  private let input: String
  private let flags: ConversionFlags
  private let common: CommonOptions

  init(_ input: String, _ flags: ConversionFlags, _ common: CommonOptions) {
    (self.input, self.flags, self.common) = (input, flags, common)
  }

  func run() throws -> Outcome {
    if let model = try ModelFiles.unlessAdapter(at: input), model.layout != .file,
      let path = flags.folderOfModel
    {
      return try convert(model, to: path)
    }
    guard flags.compress == nil else {
      throw FusionError(
        .usage, "--compress is for models that become folders; a file's name tells its compression",
        hint: "end the name in .safetensors or in .safetensors.zst")
    }
    try OutputLocation.checkSuffix(of: flags.output)
    let plan = try ConversionPlan(
      path: input, options: flags.options, isFolder: flags.location().folder != nil)
    let location = flags.location(modelFile: plan.modelFileName)
    try location.check()
    try Depfile.check(flags.depfile, besides: plan.inputFiles + location.files)
    explain(plan)
    let output = try ConversionOutput(plan, destination: location.destination)
    guard !flags.dryRun else {
      return outcome(of: plan, output, location, output.layout.fileByteCount)
    }
    let (byteCount, losses) = try location.inFolder(config: plan.config) {
      try output.write(threads: common.threads, progress: common.console.progress("converting"))
    }
    warn(of: losses)
    try Depfile.write(flags.depfile, target: location.destination.name, inputs: plan.inputFiles)
    var sha256: String?
    if common.json, case .file(let path) = location.destination.place {
      sha256 = try ContentHash.sha256(ofFile: path)
    }
    return outcome(of: plan, output, location, byteCount, sha256: sha256, losses)
  }

  private func outcome(
    of plan: ConversionPlan, _ output: ConversionOutput, _ location: OutputLocation,
    _ byteCount: Int, sha256: String? = nil, _ losses: [ConversionLoss] = []
  ) -> Outcome {
    let destination = location.destination
    return Outcome(
      input: input, inputDialect: plan.adapter?.dialect,
      inputCompression: plan.input.compression, inputTensorCount: plan.inputTensorCount,
      inputByteCount: plan.inputFiles.reduce(0) { $0 + Folder.byteCount(ofFile: $1) },
      output: (
        destination.name, destination.zstdLevel == nil ? "safetensors" : "safetensors.zst"
      ),
      dialect: plan.dialect, dtypes: plan.dtypes, tensorCount: plan.tensorCount,
      changedCount: plan.changedCount, metadata: output.metadata, fileCounts: nil,
      isWritten: !flags.dryRun, byteCount: byteCount, sha256: sha256, losses: losses)
  }

  private func convert(_ model: ModelFiles, to path: String) throws -> Outcome {
    let conversion = try FolderConversion(
      model, flags.options, isCompressed: flags.compress.map { $0 == .zstd })
    let replaces = !flags.noClobber
    if path != "-" {
      try FolderOutput.check(path, names: conversion.names, replaces: replaces)
    }
    try Depfile.check(flags.depfile, besides: conversion.inputFiles)
    guard !flags.dryRun else {
      return outcome(of: conversion, path, try conversion.plainByteCount())
    }
    let folder = try FolderOutput(path: path, names: conversion.names, replaces: replaces)
    let (byteCount, losses) = try conversion.write(
      to: folder, level: flags.level, threads: common.threads,
      progress: common.console.progress("converting"))
    try folder.commit()
    warn(of: losses)
    try Depfile.write(flags.depfile, target: Folder.trimmed(path), inputs: conversion.inputFiles)
    return outcome(of: conversion, path, byteCount, losses)
  }

  private func outcome(
    of conversion: FolderConversion, _ path: String, _ byteCount: Int,
    _ losses: [ConversionLoss] = []
  ) -> Outcome {
    let (plans, files) = (conversion.files.map(\.plan), conversion.model.files.map(\.tensors))
    let compressions = Set(files.map(\.compression))
    return Outcome(
      input: input, inputDialect: nil,
      inputCompression: compressions.count == 1 ? compressions.first : nil,
      inputTensorCount: files.reduce(0) { $0 + $1.header.tensors.count },
      inputByteCount: conversion.inputFiles.reduce(0) { $0 + Folder.byteCount(ofFile: $1) },
      output: (path == "-" ? "a folder" : Folder.trimmed(path), "folder"), dialect: nil,
      dtypes: Set(plans.flatMap(\.dtypes)).sorted { $0.order > $1.order },
      tensorCount: plans.reduce(0) { $0 + $1.tensorCount },
      changedCount: plans.reduce(0) { $0 + $1.changedCount }, metadata: nil,
      fileCounts: (conversion.files.count, conversion.copied.count), isWritten: !flags.dryRun,
      byteCount: byteCount, sha256: nil, losses: losses)
  }

  private func warn(of losses: [ConversionLoss]) {
    if let sentence = ConversionLoss.sentence(losses) {
      common.console.warn("\(input): \(sentence)")
    }
  }

  private func explain(_ plan: ConversionPlan) {
    let console = common.console
    for warning in plan.adapter?.warnings ?? [] { console.explain("\(input): \(warning)") }
    if plan.dialect != plan.adapter?.dialect, plan.metadata["lora_adapter_metadata"] != nil {
      console.note(
        "the scales are in lora_adapter_metadata, which diffusers reads; for readers that do not, "
          + "write with --fold-alpha")
    }
    console.explain(
      "\(plan.changedCount) of \(Quantity.count(plan.tensorCount, "tensor")) are not copied byte "
        + "for byte")
  }
}
