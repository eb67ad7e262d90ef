import ArgumentParser
import Formats
import Glibc

/// Reads random files until the time is over; a crash, a hang, too much memory or a wrong answer
/// ends it, with the input still in its folder.
@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lorac-fuzz", abstract: "Feed mutated files to the readers.")

  @Option(help: "How long to go on.") var seconds = 60.0
  @Option(help: "The most inputs.") var count = Int.max
  @Option(help: "What decides all inputs.") var seed: UInt64 = 1
  @Option(help: "The input to start with, so that a failure is found again.") var skip = 0
  @Option(help: "The folder for inputs, best in memory.") var folder: String
  @Argument(help: "Folders of files to mutate.") var corpus: [String]

  /// Seconds that one input may take.
  private static let patience: UInt32 = 10

  func run() throws {
    try Folder.createAll(folder)
    var source = try FuzzSource(corpus: corpus, seed: seed)
    let run = FuzzRun(folder: folder)
    let start = ContinuousClock.now
    var done = 0
    while done < count, ContinuousClock.now - start < .seconds(seconds) {
      let input = source.next()
      done += 1
      guard done > skip else { continue }
      try run.write(input)
      note(done, input)
      alarm(Self.patience)
      do {
        try run.check(input)
      } catch let violation as FuzzRun.Violation {
        print("input \(done) of seed \(seed), \(input.path): \(violation.problem)")
        throw ExitCode(1)
      }
      alarm(0)
    }
    print("\(done - skip) inputs of seed \(seed): no crash, no hang, no wrong answer")
  }

  /// Tells which input is read, should the process end.
  private func note(_ done: Int, _ input: FuzzInput) {
    guard let stream = fopen("\(folder)/current", "w") else { return }
    fputs("\(done)\n" + input.files.map { $0.path + "\n" }.joined(), stream)
    fclose(stream)
  }
}
