import ArgumentParser
import Building
import Formats
import Fusion
import Recipes

/// `I/N`.
struct ShardArgument: ExpressibleByArgument {
  let shard: Shard

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1],
      let shard = Shard(index: index, count: count)
    else { return nil }
    self.shard = shard
  }
}

/// What is built, how, and what is told of it.
struct BuildFlags: ParsableArguments {
  @Flag(help: "Print the targets, and do nothing.")
  var list = false

  @Flag(help: "Check all, and print what would be built, why, from what, and how large it is.")
  var dryRun = false

  @Flag(help: "Build targets also where nothing changed.")
  var force = false

  @Flag(help: "When a target fails, build the others.")
  var keepGoing = false

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    help: ArgumentHelp(
      "How many small targets to compute at a time. Default: one a thread.", valueName: "n"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      """
      Build the targets of part I of N, for N machines or processes. Names of targets decide, so \
      parts stay the same when others come and go.
      """, valueName: "i/n"))
  var shard: ShardArgument?

  @Option(
    help: ArgumentHelp(
      "Write a line of JSON for each target as it is finished.", valueName: "file.jsonl"),
    completion: .file())
  var results: String?

  @Option(
    help: ArgumentHelp(
      "Write a Make rule that names every file read for the targets.", valueName: "file.d"),
    completion: .file())
  var depfile: String?

  @Flag(
    help: """
      Write a statement of what was made from what beside each output (OUTPUT.intoto.json), for \
      'lorac verify'.
      """)
  var provenance = false

  @Flag(
    help: """
      Refuse to build when an input is not what lorac.lock says. A build of all targets writes that \
      file.
      """)
  var locked = false

  @Flag(
    help: """
      Build the targets whatever earlier builds did, and leave nothing of it in .lorac. Such builds \
      wait for no other one; they are for engines that know themselves what to build, and start one \
      for each target.
      """)
  var noState = false

  @OptionGroup var report: ReportFlags

  @Option(
    help: ArgumentHelp(
      "Give up after S seconds when another build is at work here. Default: wait.", valueName: "s"))
  var lockTimeout: Double?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("--jobs \(jobs) is not between 1 and 1024")
    }
    if let lockTimeout, !(lockTimeout >= 0) {
      throw ValidationError("--lock-timeout \(lockTimeout) is not a time")
    }
  }

  /// Checks what can be known of the files that tell of the build, before it.
  func checkOutputs(_ selection: RecipeSelection) throws {
    let sides = [("--depfile", depfile), ("--results", results), ("--report", report.path)]
      .compactMap { SideFile(option: $0, path: $1) }
    guard !sides.isEmpty else { return }
    let files = selection.targets.flatMap { target in
      target.inputs.map(\.path) + [target.request.output.path].compactMap(\.self)
    }
    let all = Array(Set(files + selection.recipe.files))
    for (index, side) in sides.enumerated() {
      try side.check(besides: all + sides[..<index].map(\.path))
    }
  }
}
