package import Formats
package import LinearAlgebra
internal import Synchronization
internal import Workers

/// What the numbers of an adapter look like: norms, spectra, and what is not a number.
///
/// Everything is found from the factors, a module at a time.
package struct DeltaStatistics: Sendable {
  /// Why a module has no spectrum.
  package enum Obstacle: String, Sendable, Hashable, CaseIterable {
    /// Its change depends on the base model.
    case needsBase = "needs the base model"
    /// One of its tensors holds NaN or infinities.
    case notFinite = "holds NaN or infinities"
    /// Its scale makes numbers of it that are too large.
    case overflows = "is too large for numbers"
    /// It has no factors of its own, and would be a matrix larger than those of models.
    case tooLarge = "is too large a matrix"
  }

  /// The change of one module.
  package struct Module: Sendable {
    package let module: AdapterModule
    /// Nil where there is an obstacle.
    package let spectrum: DeltaSpectrum?
    package let obstacle: Obstacle?
    /// The counts of each tensor, in the order of the algorithm's.
    package let tensors: [(entry: TensorEntry, counts: ElementCounts)]
  }

  /// Several modules together.
  package struct Group: Sendable, Hashable {
    package let name: String
    package let moduleCount: Int
    /// The modules' spectra as one: in each place the root of the sum of their squares there.
    ///
    /// Its norm is that of all the changes together, and its share at a rank is what is kept of them
    /// when every module is cut to that rank. Modules with an obstacle do not count.
    package let spectrum: DeltaSpectrum
    /// How many modules that is of.
    package let measuredCount: Int
    package let elements: ElementCounts

    package var frobeniusNorm: Double { spectrum.frobeniusNorm }
  }

  /// In the order of the adapter's.
  package let modules: [Module]
  /// The blocks of the model, those of ``ModuleBlock``.
  package let blocks: [Group]
  /// The parts of the model.
  package let components: [Group]
  package let total: Group

  /// Reads all tensors of `file` once or twice.
  ///
  /// - Parameters:
  ///   - file: the adapter.
  ///   - threads: how many modules to compute at a time.
  ///   - progress: is told how many modules are done, and of how many.
  /// - Throws: `FormatError` for a tensor that cannot be read.
  package init(
    of file: AdapterFile, threads: Int,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws {
    let reader = ModuleStatistics(file)
    let done = Mutex(0)
    modules = try parallelMap(count: file.modules.count, threads: threads) { index in
      let statistics = try reader.statistics(of: file.modules[index])
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, file.modules.count)
      return statistics
    }
    let all = modules
    blocks = ModuleBlock.blocks(of: file.modules).map { block in
      Group(name: block.name, block.modules.map { all[$0] })
    }
    components = Set(file.modules.map(\.target.component)).sorted().map { component in
      Group(
        name: component.rawValue, all.filter { $0.module.target.component == component })
    }
    total = Group(name: "", all)
  }
}

extension DeltaStatistics.Group {
  fileprivate init(name: String, _ modules: [DeltaStatistics.Module]) {
    self.name = name
    moduleCount = modules.count
    let spectra = modules.compactMap(\.spectrum)
    spectrum = DeltaSpectrum(joining: spectra)
    measuredCount = spectra.count
    elements = modules.flatMap(\.tensors).reduce(into: ElementCounts()) { $0 += $1.counts }
  }
}

/// Reads the modules of one adapter.
private struct ModuleStatistics: Sendable {
  let file: AdapterFile
  let deltas: DeltaReader

  init(_ file: AdapterFile) {
    self.file = file
    deltas = DeltaReader([AdapterLibrary.Member(name: file.path, file: file)])
  }

  func statistics(of module: AdapterModule) throws -> DeltaStatistics.Module {
    let tensors = try module.tensors.map { entry in
      let format = try FloatFormat(entry.dtype, in: file.path)
      return (
        entry: entry,
        counts: try file.tensors.withBytes(of: entry) { ElementCounts(of: $0, as: format) }
      )
    }
    var obstacle: DeltaStatistics.Obstacle? =
      module.algorithm.needsBase
      ? .needsBase : tensors.allSatisfy(\.counts.isFinite) ? nil : .notFinite
    var spectrum: DeltaSpectrum?
    if obstacle == nil { (spectrum, obstacle) = try self.spectrum(of: module) }
    return DeltaStatistics.Module(
      module: module, spectrum: spectrum, obstacle: obstacle, tensors: tensors)
  }

  private func spectrum(
    of module: AdapterModule
  ) throws -> (DeltaSpectrum?, DeltaStatistics.Obstacle?) {
    let scale = module.scale.value
    guard scale != 0 else { return (DeltaSpectrum(singularValues: []), nil) }
    do {
      guard let values = try deltas.singularValues(of: module, adapter: 0) else {
        return (nil, .tooLarge)
      }
      let scaled = values.map { $0 * scale.magnitude }
      guard scaled.allSatisfy(\.isFinite) else { return (nil, .overflows) }
      return (DeltaSpectrum(singularValues: scaled), nil)
    } catch LinearAlgebraError.nonFinite {
      // The tensors are finite, so their product is not.
      return (nil, .overflows)
    } catch let error as LinearAlgebraError {
      throw FormatError(
        .unacceptable, file: file.path, place: "module '\(module.target)'",
        "its singular values cannot be found: \(error)")
    }
  }
}
