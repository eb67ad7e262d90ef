internal import Formats

/// The program that wrote an adapter's metadata, by the entries that it writes.
enum TrainingProgram {
  static func name(_ metadata: [String: String]) -> String? {
    if let software = metadata["software"] {
      let document = try? JSONValue(parsing: Array(software.utf8), file: "software")
      return document?["name"]?.stringValue ?? software
    }
    if metadata["lorac.version"] != nil { return "none: merged by lorac" }
    if metadata.keys.contains(where: { $0.hasPrefix("ot_") }) { return "OneTrainer" }
    let module = metadata["ss_network_module"] ?? ""
    if module.hasPrefix("lycoris") { return "LyCORIS with sd-scripts" }
    if musubiModules.contains(where: module.hasPrefix) { return "musubi-tuner" }
    // The module stays where --no_metadata, or an editor of metadata, took the rest away.
    let isScripts =
      module.hasPrefix("networks.") || metadata["ss_sd_scripts_commit_hash"] != nil
      || metadata["ss_session_id"] != nil
    if isScripts { return "sd-scripts (kohya-ss)" }
    return metadata["lora_adapter_metadata"] == nil ? nil : "diffusers or PEFT"
  }

  /// Modules that musubi-tuner has and sd-scripts has not; both have `networks.lora`.
  private static let musubiModules = [
    "wan", "framepack", "qwen_image", "flux_2", "zimage", "hv_1_5", "kandinsky", "ernie_image",
    "hidream_o1", "ideogram4", "mage_flow",
  ].map { "networks.lora_\($0)" }
}
