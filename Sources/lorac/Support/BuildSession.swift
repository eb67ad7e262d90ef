import Building
import Formats
import Fusion
import Recipes
import Reports
import Synchronization

/// One run of `lorac build`.
struct BuildSession {
  private let selection: RecipeSelection
  private let flags: BuildFlags
  private let common: CommonOptions
  /// When the recipe was read, as files are stamped.
  private let began: Int
  private let start = ContinuousClock.now

  init(
    _ selection: RecipeSelection, _ flags: BuildFlags, _ common: CommonOptions, began: Int
  ) {
    (self.selection, self.flags, self.common, self.began) = (selection, flags, common, began)
  }

  private var options: Build.Options {
    var options = Build.Options(began: began)
    (options.threads, options.jobs) = (common.threads, flags.jobs)
    (options.isForced, options.keepsGoing) = (flags.force, flags.keepGoing)
    options.hasStatements = flags.provenance
    return options
  }

  /// Prints what would be done.
  ///
  /// - Returns: the exit status.
  func dryRun() throws -> Int32 {
    let build = Build(selection.buildTargets, selection.folder, options: options)
    check(build)
    if flags.locked { try checkLock(build) }
    let failures = BuildFailures(build, selection)
    failures.report()
    let plan = try BuildForecast(build, selection, threads: common.threads)
    try flags.report.writeAll(ReportTarget.targets(of: build, nil, common))
    if common.json {
      try BuildDocument(selection, plan, failures).document.print()
    } else if !common.quiet {
      try StandardOutput.print(
        BuildPage(plan, style: common.style, isVerbose: common.verbose).lines
          .joined(separator: "\n"))
    }
    return failures.status
  }

  /// Builds.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    let console = common.console
    let folder = selection.folder
    let locks = try folder.lock(timeout: flags.lockTimeout) {
      console.note("another build is at work here; waiting for it")
    }
    defer { withExtendedLifetime(locks) {} }
    let build = Build(selection.buildTargets, folder, options: options)
    if !build.stale.isEmpty { check(build) }
    if flags.locked { try checkLock(build) }
    let log = try flags.results.map { try ResultsFile(path: $0) }
    let printer = TargetPrinter(common, total: selection.targets.count)
    let failed = Mutex<FormatError?>(nil)
    let results = try build.run { result in
      printer.print(result)
      do { try log?.add(result) } catch let error as FormatError {
        failed.withLock { $0 = error }
      } catch {}
    }
    try build.save(names: Set(selection.recipe.targets.map(\.name)))
    if let error = failed.withLock({ $0 }) { throw error }
    let failures = BuildFailures(results, selection)
    failures.report()
    if failures.isEmpty {
      try writeDepfile(build)
      try writeLock(build)
    }
    if flags.report.path != nil { build.prepareAll() }
    try flags.report.writeAll(ReportTarget.targets(of: build, results, common))
    try report(results, failures)
    return failures.status
  }

  /// Writes the build of another engine that runs lorac, which `form` names.
  func emit(_ form: EmissionFlags) throws -> Int32 {
    let build = Build(selection.buildTargets, selection.folder, options: options)
    check(build)
    let failures = BuildFailures(build, selection)
    guard failures.isEmpty else {
      failures.report()
      return failures.status
    }
    try form.write(Emission(build, selection, form.place), common)
    return 0
  }

  /// Finds what is wrong with targets that must be built; what the recipe names and is not there first.
  private func check(_ build: Build) {
    for index in build.stale {
      let missing = selection.targets[index].missingInputs
      if !missing.isEmpty { build.refuse(index, RecipeError(missing)) }
    }
    build.check()
  }

  private var lockPath: String { selection.folder.lockPath }
  /// What is read to know what the recipe means, but for itself.
  private var recipeInputs: [String] { Array(selection.recipe.files.dropFirst()) }

  /// - Throws: `DriftError` when something is not as the lock says.
  private func checkLock(_ build: Build) throws {
    let drift = try LockFile(path: lockPath).drift(
      of: build.inventory(files: recipeInputs),
      isWhole: selection.isWhole && build.faults.isEmpty)
    guard drift.isEmpty else { throw DriftError(path: lockPath, sentences: drift) }
  }

  /// Writes the lock after a build of all targets.
  private func writeLock(_ build: Build) throws {
    guard selection.isWhole, !flags.locked, !flags.noState else { return }
    let text = try build.inventory(files: recipeInputs).text
    let old = try? Folder.bytes(ofFile: lockPath, limit: 256 << 20)
    guard old.map({ $0.elementsEqual(text.utf8) }) != true else { return }
    if old != nil { common.console.note("\(lockPath) has changed: inputs are not what they were") }
    try OutputFile.write(text, to: lockPath, replaces: true)
  }

  private func writeDepfile(_ build: Build) throws {
    guard let depfile = flags.depfile else { return }
    let rule = Depfile.rule(
      targets: build.outputFiles, inputs: selection.recipe.files + build.inputFiles)
    try OutputFile.write(rule, to: depfile, replaces: true)
  }

  private func report(_ results: [TargetResult], _ failures: BuildFailures) throws {
    let seconds = (ContinuousClock.now - start).seconds
    if common.json {
      let document = BuildDocument(selection, results, failures, seconds: seconds)
      try document.document.print()
    } else if !common.quiet {
      try StandardOutput.print(
        BuildPage.summary(of: results, seconds: seconds, style: common.style))
    }
  }
}

/// Inputs that are not what a lock says.
struct DriftError: Error {
  let path: String
  /// One for each; at least one.
  let sentences: [String]
}
