import Testing
import TextEncoders

@Suite("Encoder resolver")
struct EncoderResolverTests {
  @Test("the builtin encoder is the standard")
  func builtin() throws {
    #expect(try EncoderResolver.encoder(EncoderRequest()).identity.spec == "builtin")
  }

  @Test("an existing file or folder comes before a name in the cache")
  func order() throws {
    let path = Fixture.path("bert-tiny-st")
    let encoder = try EncoderResolver.encoder(
      EncoderRequest(spec: path), environment: ["HF_HUB_CACHE": path])
    #expect(encoder.identity.spec == path && encoder.identity.id.hasPrefix("bert-tiny-st-"))
  }
}
