import Formats
import Testing

/// Names of autoencoders, against those that diffusers converts to.
@Suite struct VAENamesTests {
  @Test func namesAreThoseOfDiffusers() throws {
    let names = try #require(try Fixtures.json("vae-names.json").members)
    #expect(names.count == 248)
    let prefix = "first_stage_model."
    let own = names.map { String($0.key.dropFirst(prefix.count)) }
    let levels = VAENames.levelCount(own)
    #expect(levels == 4)
    for (name, member) in zip(own, names) {
      #expect(
        VAENames.diffusersName(of: name, levelCount: levels) == member.value.stringValue)
    }
  }

  @Test(arguments: ["", "decoder", "decoder.up.9.block.0.x.weight", "encoder.down.-1.block.0.x.y"])
  func otherNamesStay(_ name: String) {
    #expect(VAENames.diffusersName(of: name, levelCount: 4) == name)
  }
}
