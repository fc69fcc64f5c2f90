extension Reproducible {
  /// tanh(x); error below 3 ulp. tanh(±infinity) = ±1; not a number gives not a number.
  package static func tanh(_ x: Double) -> Double {
    let a = x.magnitude
    if a <= 0.275 { return tanhSeries(x) }
    if a > 0.55 {
      let y = a > 22 ? 1 : 1 - 2 / (exp(2 * a) + 1)
      return x < 0 ? -y : y
    }
    let half = tanhSeries(0.5 * x)
    return (half + half) / (1 + half * half)
  }

  /// The Taylor series to x^25; its truncation error is 1e-18 at 0.275.
  private static func tanhSeries(_ x: Double) -> Double {
    let z = x * x
    let series = polynomial(
      z, -0x1.5555555555555p-2, 0x1.1111111111111p-3, -0x1.ba1ba1ba1ba1cp-5, 0x1.664f4882c10fap-6,
      -0x1.226e355e6c23dp-7, 0x1.d6d3d0e157dep-9, -0x1.7da36452b75e3p-10, 0x1.3558248036744p-11,
      -0x1.f57d7734d1664p-13, 0x1.967e18afcafadp-14, -0x1.497d8eea25259p-15, 0x1.0b132d39a605p-16)
    return x + x * (z * series)
  }
}
