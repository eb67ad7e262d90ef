import Formats
import Fusion

/// One conversion, from a file to a file.
struct ConvertJob {
  /// What a conversion wrote, or would write.
  struct Outcome {
    let input: String
    let plan: ConversionPlan
    let layout: SafetensorsLayout
    let location: OutputLocation
    let isWritten: Bool
    /// The size of what was written; of the plain file where nothing was.
    let byteCount: Int
    let sha256: String?
  }

  private let input: String
  private let flags: ConversionFlags
  private let common: CommonOptions

  init(_ input: String, _ flags: ConversionFlags, _ common: CommonOptions) {
    (self.input, self.flags, self.common) = (input, flags, common)
  }

  func run() throws -> Outcome {
    let location = flags.location
    let plan = try ConversionPlan(
      path: input, options: flags.options, isFolder: location.folder != nil)
    try location.check()
    try Depfile.check(flags.depfile)
    explain(plan)
    let output = try ConversionOutput(plan, destination: location.destination)
    guard !flags.dryRun else {
      return Outcome(
        input: input, plan: plan, layout: output.layout, location: location, isWritten: false,
        byteCount: output.layout.fileByteCount, sha256: nil)
    }
    let byteCount = try location.inFolder(config: plan.config) {
      try output.write(threads: common.threads, progress: common.console.progress("converting"))
    }
    if let depfile = flags.depfile {
      let rule = Depfile.rule(target: location.destination.name, inputs: plan.inputFiles)
      try OutputFile.write(rule, to: depfile, replaces: true)
    }
    var sha256: String?
    if common.json, case .file(let path) = location.destination.place {
      sha256 = try ContentHash.sha256(ofFile: path)
    }
    return Outcome(
      input: input, plan: plan, layout: output.layout, location: location, isWritten: true,
      byteCount: byteCount, sha256: sha256)
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
