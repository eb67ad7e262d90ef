package import Formats
internal import FoundationEssentials
internal import LinearAlgebra

/// An in-toto statement with a SLSA provenance predicate: what was made, from what, how.
///
/// Sources: in-toto Attestation Framework, Statement v1; SLSA v1.0, Provenance. It is not signed; tools
/// that sign put it into an envelope.
package struct ProvenanceStatement: Sendable {
  /// A file and the SHA-256 of its content.
  package struct Resource: Sendable, Hashable {
    /// Its path from the folder of the statement.
    package let name: String
    package let sha256: String

    package init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }
  }

  /// What was written.
  package let subjects: [Resource]
  /// Every file that was read.
  package let dependencies: [Resource]
  /// The request, with paths from the folder of the statement.
  package let parameters: JSONValue
  /// What products were computed for: see ``BLAS``.
  package let processor: String
  package let version: String

  /// Behind the name of what was written.
  package static let suffix = ".intoto.json"

  private static let statementType = "https://in-toto.io/Statement/v1"
  private static let predicateType = "https://slsa.dev/provenance/v1"
  /// A name of our own for what the parameters mean, described in docs/builds.md; a UUID needs no
  /// registry and no domain.
  private static let buildType = "urn:uuid:5d3a8b0e-3f57-4c6e-9a55-6f1f0a6f2c1d#lorac-merge-v1"
  private static let builder = "urn:uuid:5d3a8b0e-3f57-4c6e-9a55-6f1f0a6f2c1d#lorac"

  package init(subjects: [Resource], dependencies: [Resource], parameters: JSONValue) {
    (self.subjects, self.dependencies) = (subjects, dependencies)
    self.parameters = parameters
    processor = Self.processor
    version = LoracVersion.current
  }

  /// The processor of this machine, as ``processor`` says it.
  package static var processor: String {
    #if arch(x86_64)
      "x86_64 \(BLAS.core)"
    #elseif arch(arm64)
      "aarch64 \(BLAS.core)"
    #else
      BLAS.core
    #endif
  }

  /// The time of `SOURCE_DATE_EPOCH`, where it is set; a build has no other.
  package static var epoch: String? {
    ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Double($0) }.map {
      Date(timeIntervalSince1970: $0).ISO8601Format()
    }
  }

  private static func resource(_ resource: Resource) -> JSONValue {
    .object(pairs: [
      ("name", .string(resource.name)),
      ("digest", .object(pairs: [("sha256", .string(resource.sha256))])),
    ])
  }

  package var document: JSONValue {
    var details: [(String, JSONValue)] = [
      (
        "builder",
        .object(pairs: [
          ("id", .string(Self.builder)),
          ("version", .object(pairs: [("lorac", .string(version))])),
        ])
      )
    ]
    if let epoch = Self.epoch {
      details.append(("metadata", .object(pairs: [("finishedOn", .string(epoch))])))
    }
    return .object(pairs: [
      ("_type", .string(Self.statementType)),
      ("subject", .array(subjects.map(Self.resource))),
      ("predicateType", .string(Self.predicateType)),
      (
        "predicate",
        .object(pairs: [
          (
            "buildDefinition",
            .object(pairs: [
              ("buildType", .string(Self.buildType)),
              ("externalParameters", parameters),
              (
                "internalParameters",
                .object(pairs: [("processor", .string(processor))])
              ),
              ("resolvedDependencies", .array(dependencies.map(Self.resource))),
            ])
          ), ("runDetails", .object(pairs: details)),
        ])
      ),
    ])
  }

  /// Reads the statement in the file at `path`.
  ///
  /// - Throws: `FormatError` when there is none, or it is of another kind.
  package init(path: String) throws(FormatError) {
    let document = try JSONValue(
      parsing: Folder.bytes(ofFile: path, limit: 256 << 20), file: path)
    func fault(_ what: String) -> FormatError {
      FormatError(.unacceptable, file: path, what)
    }
    guard document["_type"]?.stringValue == Self.statementType,
      document["predicateType"]?.stringValue == Self.predicateType
    else { throw fault("is no in-toto statement (v1) of SLSA provenance (v1)") }
    let definition = document["predicate"]?["buildDefinition"]
    guard definition?["buildType"]?.stringValue == Self.buildType else {
      throw fault("was not written by lorac: its buildType is another")
    }
    func resources(_ value: JSONValue?, _ name: String) throws(FormatError) -> [Resource] {
      let elements = value?.elements ?? []
      let found = elements.compactMap { element -> Resource? in
        guard let name = element["name"]?.stringValue,
          let sha256 = element["digest"]?["sha256"]?.stringValue
        else { return nil }
        return Resource(name: name, sha256: sha256)
      }
      guard found.count == elements.count, !found.isEmpty else {
        throw fault("'\(name)' is not a list of names and digests")
      }
      return found
    }
    subjects = try resources(document["subject"], "subject")
    dependencies = try resources(definition?["resolvedDependencies"], "resolvedDependencies")
    guard let parameters = definition?["externalParameters"] else {
      throw fault("has no externalParameters")
    }
    self.parameters = parameters
    processor = definition?["internalParameters"]?["processor"]?.stringValue ?? ""
    version =
      document["predicate"]?["runDetails"]?["builder"]?["version"]?["lorac"]?.stringValue ?? ""
  }
}
