import Foundation
import Testing

@testable import ReproducibleMath

/// Checked against the C library, whose own error is below 1 ulp.
@Suite struct ElementaryFunctionTests {
  /// Distance in units of the last place of the expected number.
  private func ulps(_ value: Double, _ expected: Double) -> Double {
    value == expected ? 0 : abs(value - expected) / expected.ulp
  }

  @Test func exponential() {
    var stream = RandomStream(seed: 1, purpose: .sampling)
    var worst = 0.0
    for i in 0..<200_000 {
      let width = [0.3, 1, 10, 708][i % 4]
      let x = (2 * stream.uniform() - 1) * width
      worst = max(worst, ulps(Reproducible.exp(x), Foundation.exp(x)))
    }
    #expect(worst <= 1)
  }

  @Test func hyperbolicTangent() {
    var stream = RandomStream(seed: 7, purpose: .sampling)
    var worst = 0.0
    for i in 0..<200_000 {
      let x = (2 * stream.uniform() - 1) * [1e-9, 0.3, 1, 25][i % 4]
      worst = max(worst, ulps(Reproducible.tanh(x), Foundation.tanh(x)))
    }
    // The C library's own error is up to 1 ulp here.
    #expect(worst <= 4)
    #expect(Reproducible.tanh(.infinity) == 1 && Reproducible.tanh(-.infinity) == -1)
    #expect(Reproducible.tanh(.nan).isNaN && Reproducible.tanh(0) == 0)
  }

  @Test func logarithm() {
    var stream = RandomStream(seed: 2, purpose: .sampling)
    var worst = 0.0
    for i in 0..<200_000 {
      let x: Double
      switch i % 3 {
      case 0: x = Double(bitPattern: UInt64(stream.integer(in: 1...0x7FEF_FFFF_FFFF_FFFF)))
      case 1: x = 2 * stream.uniform()
      default: x = 1 + (stream.uniform() - 0.5) * Foundation.pow(2, Double(-(i % 50)))
      }
      worst = max(worst, ulps(Reproducible.log(x), Foundation.log(x)))
    }
    #expect(worst <= 1)
  }

  @Test func power() {
    var stream = RandomStream(seed: 3, purpose: .sampling)
    var worst = 0.0
    for i in 0..<200_000 {
      let x = [1.0, 20, 1e6][i % 3] * stream.uniform()
      let y = i % 4 == 0 ? 2.2 : 6 * (stream.uniform() - 0.5)
      let error = ulps(Reproducible.pow(x, y), Foundation.pow(x, y))
      worst = max(worst, error - abs(y * Foundation.log(x)) / 20)
      let base = Foundation.exp(1400 * (stream.uniform() - 0.5))
      let exponent = 1416 * (stream.uniform() - 0.5)
      let far = exponent / Foundation.log(base)
      let farError = ulps(Reproducible.pow(base, far), Foundation.pow(base, far))
      worst = max(worst, farError - abs(exponent) / 20)
    }
    #expect(worst <= 1)
  }

  @Test func cosine() {
    var stream = RandomStream(seed: 4, purpose: .sampling)
    var worst = 0.0
    for _ in 0..<100_000 {
      // cos(pi r) from the C library is exact enough where the argument is small.
      let r = 0.25 * stream.uniform()
      let turns = Double(2 * stream.integer(in: -1000...1000))
      let shifted = (turns + r) - turns
      worst = max(worst, ulps(Reproducible.cosPi(turns + r), Foundation.cos(.pi * shifted)))
      worst = max(
        worst, ulps(Reproducible.cosPi(0.5 - shifted), Foundation.sin(.pi * (0.5 - (0.5 - shifted)))))
      worst = max(worst, ulps(-Reproducible.cosPi(1 + shifted), Foundation.cos(.pi * ((1 + shifted) - 1))))
    }
    #expect(worst <= 3)
    #expect(
      [0, 1, 2, -3, 4e15, 4_503_599_627_370_497, 1e300].map(Reproducible.cosPi) == [1, -1, 1, -1, 1, -1, 1])
    #expect([0.5, -0.5, 1.5, 1000.5].map { Reproducible.cosPi($0).bitPattern } == [0, 0, 0, 0])
    #expect(Reproducible.cosPi(.infinity).isNaN && Reproducible.cosPi(.nan).isNaN)
    #expect(abs(Reproducible.cosPi(1.0 / 3) - 0.5) < 2e-16)
  }

  @Test func specialArguments() {
    #expect(Reproducible.exp(0) == 1)
    #expect([709.79, .infinity].allSatisfy { Reproducible.exp($0) == .infinity })
    #expect(Reproducible.exp(709.78).isFinite)
    #expect([-708.4, -745, -.infinity].allSatisfy { Reproducible.exp($0).bitPattern == 0 })
    #expect(Reproducible.exp(-708.39).isNormal)
    #expect(Reproducible.log(1).bitPattern == 0)
    #expect(Reproducible.log(0) == -.infinity && Reproducible.log(-0.0) == -.infinity)
    #expect(Reproducible.log(.infinity) == .infinity)
    #expect(Reproducible.log(.leastNonzeroMagnitude) == Foundation.log(.leastNonzeroMagnitude))
    for notANumber in [
      Reproducible.exp(.nan), Reproducible.log(-1), Reproducible.log(-.infinity), Reproducible.log(.nan),
      Reproducible.log(-Double.nan), Reproducible.pow(-2, 3), Reproducible.pow(.nan, 1),
      Reproducible.pow(2, .nan),
    ] {
      #expect(notANumber.bitPattern == Double.nan.bitPattern)
    }
  }

  @Test func specialPowers() {
    for y in [0.0, -0.0] { #expect(Reproducible.pow(.nan, y) == 1 && Reproducible.pow(-2, y) == 1) }
    #expect(Reproducible.pow(1, .nan) == 1 && Reproducible.pow(1, .infinity) == 1)
    for x in [0.0, 0.5, 2, .infinity] {
      for y in [-Double.infinity, -1e300, -2, 2, 1e300, .infinity] {
        #expect(Reproducible.pow(x, y) == Foundation.pow(x, y), "\(x)^\(y)")
      }
    }
    #expect(Reproducible.pow(10, -310).bitPattern == 0)
    #expect(Reproducible.pow(2, 1023) == 0x1p1023 && Reproducible.pow(2, 1024) == .infinity)
  }

  /// Values of the inverse normal distribution function from tables and the paper.
  @Test func normalQuantile() {
    let cases: [(Double, Double)] = [
      (0.25, -0.6744897501960817), (0.001, -3.090232306167813), (1e-20, -9.262340089798408),
      (0.975, 1.959963984540054), (1e-9, -5.9978070150076869),
    ]
    for (probability, quantile) in cases {
      #expect(abs(Reproducible.normalQuantile(probability) / quantile - 1) < 2e-15)
    }
    for i in 1..<2000 {
      let x = Double(i - 1000) / 125
      let probability = 0.5 * Foundation.erfc(-x / 2.0.squareRoot())
      // The rounding of the probability alone moves the quantile by this much.
      let density = Foundation.exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let tolerance = 2 * probability.ulp / density + 4e-15 * abs(x)
      #expect(abs(Reproducible.normalQuantile(probability) - x) <= tolerance)
    }
    #expect(Reproducible.normalQuantile(0) == -.infinity && Reproducible.normalQuantile(1) == .infinity)
    #expect(Reproducible.normalQuantile(0.5) == 0)
    #expect(Reproducible.normalQuantile(-0.0) == -.infinity)
    #expect(Reproducible.normalQuantile(.leastNonzeroMagnitude) > -39)
    let outside = [-0.1, 1.1, -.leastNonzeroMagnitude, .nan, -.nan, .infinity]
    #expect(
      outside.map { Reproducible.normalQuantile($0).bitPattern }.allSatisfy { $0 == Double.nan.bitPattern })
  }

  /// Bits that must never change, on any host or with any compiler.
  @Test func goldenBits() {
    let x = [0.1, 1.7, 11.3, 0.8]
    func hex(_ f: (Double) -> Double) -> [String] { x.map { String(f($0).bitPattern, radix: 16) } }
    #expect(
      hex(Reproducible.exp) == [
        "3ff1aec7b35a00d4", "4015e552770df8a6", "40f3bb5a335d78cd", "4001cde866fe46e9",
      ])
    #expect(
      hex(Reproducible.log) == [
        "c0026bb1bbb55515", "3fe0fae81914a991", "400365fef8b1b1a2", "bfcc8ff7c79a9a20",
      ])
    #expect(
      hex { Reproducible.pow($0, 2.2) } == [
        "3f79d811398ddcc0", "4009b563a7b7dae2", "4069ec3f475f1eda", "3fe3960a98cdbe44",
      ])
    #expect(
      hex(Reproducible.cosPi) == [
        "3fee6f0e134454ff", "3fe2cf2304755a5d", "bfe2cf2304755a4e", "bfe9e3779b97f4a9",
      ])
    #expect(
      hex { Reproducible.normalQuantile(1 / (1 + $0)) } == [
        "3ff55ce3546fa680", "bfd52d0426ad562d", "bff6578d381fe382", "3fc1e206ee4e5576",
      ])
  }

  /// A fold of the bits of many results, so that a change anywhere in the range is noticed.
  @Test func goldenFold() {
    var stream = RandomStream(seed: 5, purpose: .sampling)
    var fold: UInt64 = 0
    func add(_ value: Double) { fold = (fold ^ value.bitPattern) &* 0x0000_0100_0000_01B3 }
    for _ in 0..<20_000 {
      let u = stream.uniform()
      add(Reproducible.exp(1400 * (u - 0.5)))
      add(Reproducible.log(u))
      add(Reproducible.pow(50 * u, 2.2))
      add(Reproducible.cosPi(8 * (u - 0.5)))
      add(Reproducible.normalQuantile(u))
    }
    #expect(String(fold, radix: 16) == "6ec1d1a9bf69e725")
  }
}
