internal import Formats

/// Whether every module of an adapter has a weight of the right shape in a base model.
struct BaseRules {
  private let adapter: AdapterFile
  private let base: Checkpoint

  init(_ adapter: AdapterFile, base: Checkpoint) { (self.adapter, self.base) = (adapter, base) }

  var findings: [Finding] {
    do {
      return unmatched(try plan(adapter))
    } catch let error as FormatError where error.code == .otherFamily {
      return [Finding(error, path: adapter.path)]
    } catch {
      let single = adapter.modules.flatMap { findings(of: adapter.replacing(modules: [$0])) }
      return single.isEmpty ? [Self.finding(error, adapter)] : single
    }
  }

  /// What planning a bake of a single module says.
  private func findings(of adapter: AdapterFile) -> [Finding] {
    do {
      return unmatched(try plan(adapter))
    } catch {
      return [Self.finding(error, adapter)]
    }
  }

  private func plan(_ adapter: AdapterFile) throws -> BakePlan {
    try BakePlan(
      AdapterLibrary(of: adapter), weights: ModuleWeights([1]), into: base, allowsUnmatched: true)
  }

  private func unmatched(_ plan: BakePlan) -> [Finding] {
    let missing = Set(plan.coverage.unmatched)
    return plan.members[0].file.modules.filter { missing.contains($0.target) }.map { module in
      Finding(
        BakeCoverage.fault(adapter, module, count: 1, base), path: adapter.path)
    }
  }

  private static func finding(_ error: any Error, _ adapter: AdapterFile) -> Finding {
    (error as? FormatError).map { Finding($0, path: adapter.path) }
      ?? Finding(.refused, "\(error)")
  }
}
