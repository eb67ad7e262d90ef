import ArgumentParser

@main
struct Lorac: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lorac", abstract: "Merge LoRA adapters by what a prompt asks for.",
    version: "0.1.0")
}
