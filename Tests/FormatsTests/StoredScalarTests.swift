import Formats
import Testing

/// Numbers of one element, in every type that an alpha has been seen in.
@Suite struct StoredScalarTests {
  /// Bytes and values by the definitions of the types.
  static let cases: [(dtype: DType, bytes: [UInt8], value: Double)] = [
    (.f32, [0, 0, 0xC0, 0x3F], 1.5), (.f64, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], -1.5),
    (.f16, [0x01, 0x00], 0x1p-24), (.bf16, [0x80, 0x41], 16), (.i64, [4, 0, 0, 0, 0, 0, 0, 0], 4),
    (.i32, [0xFF, 0xFF, 0xFF, 0xFF], -1), (.i16, [0, 1], 256), (.i8, [0x80], -128),
    (.u8, [255], 255),
    (.f8e4m3, [0x38], 1), (.f8e4m3, [0x7E], 448), (.f8e4m3, [0x01], 0x1p-9),
    (.f8e4m3, [0x88], -0x1p-6), (.f8e5m2, [0x3C], 1), (.f8e5m2, [0x7B], 57344),
  ]

  @Test(arguments: cases) func bytesAndValues(
    _ sample: (dtype: DType, bytes: [UInt8], value: Double)
  ) {
    let found = sample.bytes.withRawBytes { StoredScalar.value(of: $0, dtype: sample.dtype) }
    #expect(found == sample.value)
    #expect(StoredScalar.bytes(of: sample.value, dtype: sample.dtype) == sample.bytes)
  }

  @Test(arguments: [
    (DType.i8, 128.0), (.u8, -1), (.i64, 0.5), (.i64, 1e19), (.bf16, 1 + 0x1p-10),
    (.f8e4m3, 1.0625),
    (.f8e4m3, 500), (.f4, 1),
  ])
  func whatATypeCannotHold(_ dtype: DType, _ value: Double) {
    #expect(StoredScalar.bytes(of: value, dtype: dtype) == nil)
  }

  @Test func notANumber() {
    #expect([0x7F].withRawBytes { StoredScalar.value(of: $0, dtype: .f8e4m3) }?.isNaN == true)
    #expect([0x7C].withRawBytes { StoredScalar.value(of: $0, dtype: .f8e5m2) } == .infinity)
    #expect([0].withRawBytes { StoredScalar.value(of: $0, dtype: .f16) } == nil)
  }
}
