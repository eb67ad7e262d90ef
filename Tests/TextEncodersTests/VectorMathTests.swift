import Foundation
import Testing
import TextEncoders

@Suite("Vector math")
struct VectorMathTests {
  @Test("exp agrees with the C library")
  func exponential() {
    let points = stride(from: Float(-87), through: 88, by: 0.0131)
    let error = points.map { x in
      let exact = Foundation.exp(Double(x))
      return abs(Double(VectorMath.exp(x)) / exact - 1)
    }
    #expect(error.allSatisfy { $0 < 3e-7 })
    #expect(VectorMath.exp(0) == 1)
    #expect(VectorMath.exp(-1000) < 2e-38)
  }

  @Test("erf agrees with the C library")
  func errorFunction() {
    let points = stride(from: Float(-6), through: 6, by: 0.0037)
    let error = points.map { x in
      let exact = Foundation.erf(Double(x))
      return abs(Double(VectorMath.erf(x)) / exact - 1)
    }
    #expect(error.allSatisfy { $0 < 4e-7 })
    #expect(VectorMath.erf(0) == 0)
  }

  @Test("both forms of gelu agree with their definitions")
  func activations() {
    let points = stride(from: Float(-12), through: 12, by: 0.0037)
    let error = points.map { x in
      let wide = Double(x)
      let gelu = 0.5 * wide * (1 + Foundation.erf(wide / 2.0.squareRoot()))
      let quick = wide / (1 + Foundation.exp(-1.702 * wide))
      return max(
        abs(Double(VectorMath.gelu(x)) - gelu), abs(Double(VectorMath.quickGelu(x)) - quick))
    }
    #expect(error.allSatisfy { $0 < 2e-6 })
  }

  @Test("tanh and the form of gelu with it agree with their definitions")
  func hyperbolicTangent() {
    for x in stride(from: Float(-12), through: 12, by: 0.0037) {
      let wide = Double(x)
      let inner = (2 / Double.pi).squareRoot() * (wide + 0.044715 * wide * wide * wide)
      #expect(abs(Double(VectorMath.tanh(x)) - Foundation.tanh(wide)) < 3e-7)
      let gelu = 0.5 * wide * (1 + Foundation.tanh(inner))
      #expect(abs(Double(VectorMath.tanhGelu(x)) - gelu) < 2e-6)
    }
  }

  @Test("activations are applied to every element")
  func activation() {
    func applied(_ activation: Activation) -> [Float] {
      var values: [Float] = [-2, 0, 3]
      var span = values.mutableSpan
      activation.apply(to: &span)
      return values
    }
    #expect(applied(.identity) == [-2, 0, 3])
    #expect(applied(.relu) == [0, 0, 3])
    #expect(applied(.tanh) == [VectorMath.tanh(-2), VectorMath.tanh(0), VectorMath.tanh(3)])
    #expect(applied(.quickGelu)[2] == VectorMath.quickGelu(3))
    #expect(applied(.tanhGelu)[2] == VectorMath.tanhGelu(3))
    #expect(applied(.gelu)[0] == VectorMath.gelu(-2))
  }
}
