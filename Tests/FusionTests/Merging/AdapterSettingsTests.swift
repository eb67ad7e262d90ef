import Formats
import Foundation
import Fusion
import Testing

/// What a request says of single adapters: names, strengths, keys and factors of their own.
@Suite struct AdapterSettingsTests {
  private static func request(
    _ paths: [String], to output: String, _ change: (inout MergeRequest) -> Void
  ) -> MergeRequest {
    var request = MergeRequest(adapters: paths.map { .init(path: $0) })
    request.weighing.method = "linear"
    request.output = .init(path: output)
    change(&request)
    return request
  }

  @discardableResult
  private static func write(_ request: MergeRequest) throws -> [String: String] {
    let library = try AdapterLibrary(request, threads: 2)
    let weighed = try WeighedLibrary(library, request.weighing, threads: 2)
    let job = try MergeJob(request, weighed)
    _ = try job.write(InputHashes(library), threads: 2) { _, _ in }
    return try SafetensorsFile(path: request.output.path ?? "").header.metadata
  }

  /// The weight, or a gate's, times the strength of the whole, that of the adapter and its factor.
  @Test func strengthsAndFactorsMultiply() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try ModuleWeightsTests.sdxl(in: folder), "\(folder)/out.safetensors")
      let options = try ModuleWeightsTests.options(
        blockWeights: #"{"unet.mid_block": 5}"#,
        gates: #"{"text_encoder_2": {"fox": 0.3, "ink": 0.2}}"#, in: folder)
      let request = Self.request(paths, to: output) { request in
        request.weighing.weights = [("fox", 0.7), ("ink", -0.4)]
        request.weighing.strength = 0.5
        request.weighing.modules = options
        request.adapters[0].strength = 3
        request.adapters[1].strength = 0.25
        request.adapters[1].blockWeights = #"{"unet.up_blocks.*": 2, "text_encoder": 0}"#
      }
      let metadata = try Self.write(request)
      func weight(_ adapter: Int, _ target: ModuleTarget) -> Double {
        let isFox = adapter == 0
        let strength = 0.5 * (isFox ? 3 : 0.25)
        if target.component == .textEncoder2 { return strength * (isFox ? 0.3 : 0.2) }
        if target.component == .textEncoder { return isFox ? strength * 0.7 : 0 }
        let own = strength * (isFox ? 0.7 : -0.4)
        if target.path.hasPrefix("up_blocks."), !isFox { return own * 2 }
        // What is for all adapters holds where nothing is for one.
        return target.path.hasPrefix("mid_block") ? own * 5 : own
      }
      try ModuleWeightsTests.expect(output, is: ModuleWeightsTests.sum(paths, weight))
      let strengths = try JSONValue(
        parsing: Array((metadata["lorac.strengths"] ?? "").utf8), file: "")
      #expect(strengths["fox"]?.doubleValue == 3 && strengths["ink"]?.doubleValue == 0.25)
      #expect(metadata["lorac.blockWeights"]?.hasPrefix("sha256:") == true)
    }
  }

  /// Factors of one adapter mean what a file says for it, as patterns and as a preset.
  @Test(arguments: [
    #"{"MID": 0.5, "*.attn2": 0}"#, "[1, 0, 2, 1, 1, 0.5, 1, 1, 3, 1, 1, 1]",
    #""1,0,2,1,1,0.5,1,1,3,1,1,1""#,
  ])
  func factorsAreThoseOfAFile(_ factors: String) throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      let (own, file) = ("\(folder)/own.safetensors", "\(folder)/file.safetensors")
      try Self.write(Self.request(paths, to: own) { $0.adapters[1].blockWeights = factors })
      let options = try ModuleWeightsTests.options(
        blockWeights: "{\"ink\": \(factors)}", in: folder)
      try Self.write(Self.request(paths, to: file) { $0.weighing.modules = options })
      let (a, b) = (try SlowDelta.deltas(ofAdapterAt: own), try SlowDelta.deltas(ofAdapterAt: file))
      #expect(a == b)
      let plain = "\(folder)/plain.safetensors"
      try Self.write(Self.request(paths, to: plain) { _ in })
      #expect(try SlowDelta.deltas(ofAdapterAt: plain) != a)
    }
  }

  @Test func namesAreThoseOfTheRequest() throws {
    try TestMerge.withTemporaryFolder { folder in
      let (paths, output) = (try ModuleWeightsTests.sdxl(in: folder), "\(folder)/out.safetensors")
      let metadata = try Self.write(
        Self.request(paths, to: output) { request in
          request.adapters[0].name = "vulpes"
          request.weighing.weights = [("vulpes", 0.25)]
        })
      #expect(metadata["lorac.weights"] == #"{"vulpes":0.25,"ink":1.0}"#)
      #expect(metadata["modelspec.title"] == "vulpes + ink")
      let twins = Self.request(paths, to: output) { request in
        for index in request.adapters.indices { request.adapters[index].name = "ink" }
      }
      #expect(throws: FusionError.self) { _ = try AdapterLibrary(twins, threads: 1) }
    }
  }

  /// A key of a request goes before all that the file tells, and stands as it is.
  @Test func keysAreThoseOfTheRequest() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      var request = MergeRequest(adapters: paths.map { .init(path: $0) })
      request.adapters[1].keys = ["pen and ink", "a drawing"]
      request.weighing.prompts = [.init(text: "a drawing of a fox")]
      let library = try AdapterLibrary(request, threads: 1)
      let weighed = try WeighedLibrary(library, request.weighing, threads: 1)
      #expect(weighed.keys.map(\.texts) == [["fox"], ["pen and ink", "a drawing"]])
      #expect(weighed.keys.map(\.source) == [.fileName, .recipe])
    }
  }

  @Test(arguments: [
    (#"{"unet.midblock": 1}"#, "pattern 'unet.midblock': matches no module"),
    (#"{"MID": 1"#, "block weights of 'fox': JSON byte"),
    ("[1, 2]", "a preset of 2 values does not fit 'fox'"), ("{\"MID\": 1e999}", "of 'fox'"),
    ("7", "of 'fox'"),
  ])
  func badFactorsAreRefused(_ factors: String, _ problem: String) throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      let request = Self.request(paths, to: "\(folder)/out.safetensors") {
        $0.adapters[0].blockWeights = factors
      }
      let library = try AdapterLibrary(request, threads: 1)
      let error = #expect(throws: FormatError.self) {
        _ = try WeighedLibrary(library, request.weighing, threads: 1)
      }
      let description = error?.description ?? ""
      #expect(description.contains(problem), "\(description)")
    }
  }

  @Test func factorsInTwoPlacesAreRefused() throws {
    try TestMerge.withTemporaryFolder { folder in
      let paths = try ModuleWeightsTests.sdxl(in: folder)
      let options = try ModuleWeightsTests.options(
        blockWeights: #"{"fox": {"MID": 1}}"#, in: folder)
      let request = Self.request(paths, to: "\(folder)/out.safetensors") {
        $0.adapters[0].blockWeights = #"{"MID": 2}"#
        $0.weighing.modules = options
      }
      let library = try AdapterLibrary(request, threads: 1)
      #expect(throws: FormatError.self) {
        _ = try WeighedLibrary(library, request.weighing, threads: 1)
      }
    }
  }
}
