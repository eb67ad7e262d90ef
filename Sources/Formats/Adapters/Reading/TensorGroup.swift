/// The tensors of an adapter that share a stem, by their roles.
struct TensorGroup {
  let stem: String
  private var members: [(role: TensorRole, entry: TensorEntry)] = []
  /// What the whole file has once for all its modules.
  var shared: [TensorRole: TensorEntry] = [:]

  init(stem: String) { self.stem = stem }

  /// Adds `entry`; returns whether its role was still free.
  mutating func add(_ entry: TensorEntry, as role: TensorRole) -> Bool {
    guard self[role] == nil else { return false }
    members.append((role, entry))
    return true
  }

  subscript(role: TensorRole) -> TensorEntry? {
    members.first { $0.role == role }?.entry
  }

  var roles: some Sequence<TensorRole> { members.lazy.map(\.role) }

  /// The tensor that an algorithm cannot do without.
  func require(_ role: TensorRole, _ message: String) throws(ModuleFault) -> TensorEntry {
    guard let entry = self[role] else { throw ModuleFault(message, code: .missingFactor) }
    return entry
  }
}

/// What is wrong with the tensors of one module; the reader adds file and module.
struct ModuleFault: Error {
  let problem: String
  var kind = FormatError.Kind.unacceptable
  var remedy: String?
  var code: FindingCode

  init(
    _ problem: String, kind: FormatError.Kind = .unacceptable, remedy: String? = nil,
    code: FindingCode = .shapeMismatch
  ) {
    (self.problem, self.kind, self.remedy, self.code) = (problem, kind, remedy, code)
  }

  /// A module of which a part is missing.
  static func incomplete(_ problem: String) -> ModuleFault {
    ModuleFault(problem, remedy: SafetensorsHeader.redownload, code: .missingFactor)
  }
}

extension TensorEntry {
  /// The product of the extents after the first: the columns of the tensor as a matrix.
  var columnCount: Int { shape.dropFirst().reduce(1, *) }

  /// Checks that the tensor holds floating-point values, and is a matrix of at most `dimensions`
  /// extents, none of them 0.
  func checkMatrix(dimensions: ClosedRange<Int>) throws(ModuleFault) {
    try checkValues()
    guard dimensions.contains(shape.count), elementCount > 0 else {
      throw ModuleFault("'\(name)' has the shape \(shape), which is not that of a factor")
    }
    guard shape[0] <= Int32.max, columnCount <= Int32.max else {
      throw ModuleFault("'\(name)' of shape \(shape) is too large to multiply", code: .tooLarge)
    }
  }

  /// Checks that the tensor is a list of numbers, possibly with extents of 1 around it.
  ///
  /// - Returns: how many there are.
  func checkVector() throws(ModuleFault) -> Int {
    try checkValues()
    guard shape.count <= 5, shape.count(where: { $0 != 1 }) <= 1, elementCount > 0,
      elementCount <= Int32.max
    else { throw ModuleFault("'\(name)' has the shape \(shape), not that of a vector") }
    return elementCount
  }

  /// Checks that the tensor's type is one that weights have.
  func checkValues() throws(ModuleFault) {
    guard [.f32, .f16, .bf16, .f8e4m3, .f8e5m2].contains(dtype) else {
      throw ModuleFault(
        "'\(name)' is of type \(dtype.rawValue), which is not read as a weight",
        remedy: "F32, F16, BF16, F8_E4M3 and F8_E5M2 are", code: .notWeights)
    }
  }
}
