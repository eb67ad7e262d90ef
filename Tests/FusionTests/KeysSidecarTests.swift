import Foundation
import Fusion
import Testing

@Suite final class KeysSidecarTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "keys-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  private func key(
    _ metadata: [String: String] = [:], path: String = "fox_v1.safetensors"
  ) -> AdapterKey {
    KeyResolver(path: folder.appending(path: path).path(), metadata: metadata).key()
  }

  @Test func `civitai: description with the model's name`() throws {
    try write(
      """
      {"id": 1, "name": "v1.0", "baseModel": "SDXL 1.0", "trainedWords": ["ohwx fox, red", 5, "sks"],
       "description": "<p>A <b>red</b> fox.</p>\\n<p>By me</p>",
       "model": {"name": "Fox Style", "type": "LORA"}, "files": []}
      """, "fox_v1.civitai.info")
    let found = key(["modelspec.description": "other"])
    #expect(found.texts == ["Fox Style: A red fox. By me"])
    #expect(found.source.description == "sidecar fox_v1.civitai.info")
    #expect(found.triggers == ["ohwx fox", "red", "sks"])
    #expect(found.notes.isEmpty)
    #expect(key(["modelspec.title": "T"]).texts == ["T: A red fox. By me"])
    #expect(key(["lorac.key": "own"]).texts == ["own"])
  }

  @Test(arguments: [
    (#"{"trainedWords": ["ohwx fox", "red"], "model": {"name": "N"}}"#, "ohwx fox, red"),
    (#"{"description": null, "trainedWords": [], "model": {"name": "N"}}"#, "N"),
    (#"{"description": "", "model": {"name": "N", "description": "<i>d</i>"}}"#, "N: d"),
    (#"{"activation text": "ohwx", "description": 7, "model": "x"}"#, "ohwx"),
    (#"{"activation text": "ohwx", "description": "a fox"}"#, "fox v1: a fox"),
  ])
  func `each member by itself`(json: String, expected: String) throws {
    try write(json, "fox_v1.json")
    #expect(key().texts == [expected])
    #expect(key().source.description == "sidecar fox_v1.json")
  }

  @Test func `the web UI's notes come after civitai's`() throws {
    try write(#"{"activation text": "second", "model": {"name": "Fox"}}"#, "fox_v1.json")
    try write(#"{"description": "first"}"#, "fox_v1.civitai.info")
    #expect(key(path: "fox_v1.safetensors.zst").texts == ["Fox: first"])
    #expect(key().triggers == ["second"])
  }

  @Test func `a sidecar without a text is no source but has a title`() throws {
    try write(#"{"sd version": "SD1", "preferred weight": 0.8}"#, "fox_v1.json")
    #expect(key().source == .fileName)
    #expect(key().notes.isEmpty)
  }

  @Test func `a folder's sidecars lie beside it`() throws {
    try write(#"{"description": "a fox"}"#, "peft.json")
    #expect(key(path: "peft/").texts == ["peft: a fox"])
  }

  @Test func `a link to a sidecar is followed`() throws {
    try write(#"{"description": "a fox"}"#, "blob")
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "fox_v1.json"), withDestinationURL: folder.appending(path: "blob"))
    #expect(key().texts == ["fox v1: a fox"])
  }

  @Test(arguments: [
    "", "{", "[1]", "null", "\"text\"", "<html>", "{\"description\": \"\\ud800\"}x",
    String(repeating: "[", count: 200_000), String(repeating: "{\"model\":", count: 200_000),
  ])
  func `a malformed sidecar is a note, never a failure`(json: String) throws {
    try write(json, "fox_v1.json")
    let found = key(["modelspec.description": "a fox"])
    #expect(found.texts == ["fox v1: a fox"])
    #expect(found.notes.count == 1 && found.notes[0].hasSuffix("not readable as a JSON object"))
  }

  @Test func `bytes that are not text, too many bytes and folders are notes`() throws {
    try Data([0x7B, 0xFF, 0xFE, 0x80]).write(to: folder.appending(path: "fox_v1.json"))
    #expect(key().notes.count == 1)
    let large = folder.appending(path: "fox_v1.json")
    try Data(repeating: 0x20, count: (16 << 20) + 1).write(to: large)
    #expect(key().notes.first?.contains("at most 16777216 bytes") == true)
    try FileManager.default.removeItem(at: large)
    try FileManager.default.createDirectory(at: large, withIntermediateDirectories: false)
    #expect(key().notes.count == 1 && key().source == .fileName)
  }
}
