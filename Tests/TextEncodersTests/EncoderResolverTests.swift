import Testing
import TextEncoders

@Suite("Encoder resolver")
struct EncoderResolverTests {
  @Test("knows the builtin encoder")
  func builtin() throws {
    #expect(try EncoderResolver.encoder("builtin").identity.spec == "builtin")
  }

  @Test("refuses all else, and says what to do")
  func unknown() {
    let error = #expect(throws: TextEncoderError.self) { try EncoderResolver.encoder("base") }
    #expect(
      error?.description == "encoder 'base': only 'builtin' is supported in this version")
    #expect(error?.hint == "use '--encoder builtin'")
  }
}
