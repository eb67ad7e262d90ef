import Formats
import Testing
import TextEncoders

@Suite("Models in the Hugging Face cache")
struct HubCacheTests {
  private let cache: TemporaryModel
  private let model = "models--org--tiny"

  init() throws { cache = try TemporaryModel() }

  private var environment: Environment { ["HF_HUB_CACHE": cache.path] }

  private func addSnapshot(_ commit: String, of model: String? = nil) throws {
    try cache.copy("bert-tiny-st", to: "\(model ?? self.model)/snapshots/\(commit)")
  }

  private func addReference(_ name: String, _ commit: String) throws {
    try cache.makeFolder("\(model)/refs/" + (name.contains("/") ? "pr" : ""))
    try cache.write("\(model)/refs/\(name)", commit)
  }

  private func encoder(_ spec: String) throws -> any TextEncoder {
    try EncoderResolver.encoder(EncoderRequest(spec: spec), environment: environment)
  }

  @Test("the main revision, by its reference")
  func mainRevision() throws {
    try addSnapshot("abc")
    try addSnapshot("def")
    try addReference("main", "def\n")
    let encoder = try encoder("org/tiny")
    #expect(encoder.identity.id.hasPrefix("tiny-"))
    #expect(encoder.identity.spec == "org/tiny" && encoder.notes.isEmpty)
    #expect(encoder.files.first == cache["\(model)/refs/main"])
    #expect(
      encoder.files.dropFirst().allSatisfy { $0.hasPrefix(cache["\(model)/snapshots/def/"]) })
    #expect(try encoder.embed(["fox"], longText: .chunk, threads: 1)[0].vector.count == 32)
  }

  @Test(
    "a revision by reference, also with a slash, or by commit", arguments: ["v1", "pr/1", "abc"])
  func revisions(revision: String) throws {
    try addSnapshot("abc")
    try addSnapshot("def")
    try addReference("main", "def")
    try addReference("v1", "abc")
    try addReference("pr/1", "abc")
    let files = try encoder("org/tiny@\(revision)").files
    let reference = cache["\(model)/refs/\(revision)"]
    #expect(files.contains(reference) == (revision != "abc"))
    #expect(
      files.allSatisfy { $0 == reference || $0.hasPrefix(cache["\(model)/snapshots/abc/"]) })
  }

  @Test("without a reference, the only snapshot there is, and a note")
  func onlySnapshot() throws {
    try addSnapshot("abc")
    let notes = try encoder("org/tiny").notes
    #expect(
      notes == [
        "\(cache[model])/refs/main is missing; the only snapshot there is, 'abc', is used"
      ])
    try addSnapshot("def")
    let several = try #require(
      ModelFault(EncoderRequest(spec: "org/tiny"), environment: environment, folder: cache))
    #expect(
      several.message
        == "DIR/\(model)/snapshots: has the snapshots abc, def, and no refs/main says "
        + "which to use")
    #expect(several.hint == "add one to the encoder's name, as in 'org/tiny@abc'")
  }

  @Test("links to blobs, and a link to a blob that is not there")
  func links() throws {
    try addSnapshot("abc")
    let blobs = "\(model)/blobs", snapshot = "\(model)/snapshots/abc"
    try cache.makeFolder(blobs)
    for name in ["model.safetensors", "config.json"] {
      try cache.copyFile("\(snapshot)/\(name)", to: "\(blobs)/\(name)-hash")
      try cache.remove("\(snapshot)/\(name)")
      try cache.link("\(snapshot)/\(name)", to: "../../blobs/\(name)-hash")
    }
    _ = try encoder("org/tiny")
    try cache.remove("\(blobs)/model.safetensors-hash")
    let dangling = try #require(
      ModelFault(EncoderRequest(spec: "org/tiny"), environment: environment, folder: cache))
    #expect(
      dangling.message == "DIR/\(snapshot)/model.safetensors: is a link to a file that is not there"
    )
    #expect(dangling.hint == "download it with 'hf download org/tiny'")
    #expect(dangling.error.kind == .unreadable)
  }

  @Test("a name without an organisation may be one of sentence-transformers")
  func bareName() throws {
    try addSnapshot("abc", of: "models--sentence-transformers--all-tiny")
    #expect(try encoder("all-tiny").identity.id.hasPrefix("all-tiny-"))
  }

  @Test("what is not there: every path that was tried, and how to get it")
  func absent() throws {
    func tried(_ spec: String) throws -> ModelFault {
      try #require(ModelFault(EncoderRequest(spec: spec), environment: environment, folder: cache))
    }
    let absent = try tried("org/none")
    #expect(
      absent.message == "encoder 'org/none' not found; tried the path 'org/none', "
        + "'DIR/models--org--none'")
    #expect(
      absent.hint
        == "lorac does not use the network; to get the model, run 'hf download org/none'")
    #expect(absent.error.kind == .unreadable)
    let bare = try tried("none@v2")
    #expect(
      bare.message == "encoder 'none@v2' not found; tried the path 'none@v2', "
        + "'DIR/models--none', 'DIR/models--sentence-transformers--none'")
    #expect(
      bare.hint?.hasSuffix("'hf download sentence-transformers/none --revision v2'") == true)

    try addSnapshot("abc")
    try addReference("main", "def")
    #expect(try tried("org/tiny").message.hasSuffix("'DIR/\(model)/snapshots/def'"))
    #expect(try tried("org/tiny@v9").message.hasSuffix("'DIR/\(model)/snapshots/v9'"))
    #expect(try tried("org/tiny@a/b").message.hasSuffix("'DIR/\(model)/refs/a/b'"))
    // No name of a model: a path only.
    let path = try tried("./no/such.safetensors")
    #expect(
      path.message
        == "encoder './no/such.safetensors' not found; tried the path './no/such.safetensors'")
    #expect(
      path.hint == "give a safetensors file, a model's folder, ORG/NAME in the Hugging Face cache, "
        + "or 'builtin'")
    #expect(try tried("org/tiny@../x").message.contains("models--") == false)
  }

  @Test(
    "the variables that place the cache, in order",
    arguments: [
      (["HF_HUB_CACHE": "/a", "HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/c"], "/a"),
      (["HUGGINGFACE_HUB_CACHE": "/b/", "HF_HOME": "/c", "HOME": "/h"], "/b"),
      (["HF_HOME": "~/c", "XDG_CACHE_HOME": "/d", "HOME": "/h"], "/h/c/hub"),
      (["XDG_CACHE_HOME": "$HOME/${X}d$Y", "HOME": "/h", "X": "x"], "/h/xd$Y/huggingface/hub"),
      (["HF_HUB_CACHE": "", "HOME": "/h"], "/h/.cache/huggingface/hub"),
    ])
  func roots(variables: [String: String], root: String) throws {
    let found = try #require(
      ModelFault(EncoderRequest(spec: "o/n"), environment: Environment(variables)))
    #expect(
      found.message == "encoder 'o/n' not found; tried the path 'o/n', '\(root)/models--o--n'")
  }
}
