extension Reproducible {
  /// cos(pi x); error below 1 ulp. Exact for integers and halves (the latter give +0).
  ///
  /// An infinite argument or not a number gives not a number.
  package static func cosPi(_ x: Double) -> Double {
    if !x.isFinite { return .nan }
    // Every number from 2^53 on is an even integer.
    if x.magnitude >= 0x1p53 { return 1 }
    let a = x.magnitude
    let turns = a < 0x1p50 ? nearestInteger(a * 0.5) : (a * 0.5).rounded(.toNearestOrEven)
    let fromEven = (a - 2 * turns).magnitude
    return fromEven > 0.5 ? -firstQuadrant(1 - fromEven) : firstQuadrant(fromEven)
  }

  /// cos(pi r) for r in [0, 1/2]: Taylor series about 0 up to 1/4, about 1/2 beyond.
  @inline(__always)
  private static func firstQuadrant(_ r: Double) -> Double {
    if r <= 0.25 {
      let z = r * r
      let series = polynomial(
        z, -0x1.3bd3cc9be45dep+2, 0x1.03c1f081b5ac4p+2, -0x1.55d3c7e3cbffap+0, 0x1.e1f506891babbp-3,
        -0x1.a6d1f2a204a8cp-6, 0x1.f9d38a3763cc3p-10, -0x1.b6e24f44b128fp-14, 0x1.20c62c2f2d7f5p-18, 0, 0, 0,
        0)
      return 1 + z * series
    }
    let d = 0.5 - r
    let z = d * d
    let series = polynomial(
      z, -0x1.4abbce625be53p+2, 0x1.466bc6775aae2p+1, -0x1.32d2cce62bd86p-1, 0x1.50783487ee782p-4,
      -0x1.e3074fde8871fp-8, 0x1.e8f434d018d63p-12, -0x1.6fadb9f155744p-16, 0x1.aaec32af93359p-21, 0, 0, 0, 0)
    // pi as a sum of two numbers, the product with the first exact.
    let product = exactProduct(d, 0x1.921fb54442d18p+1)
    return product.high + (product.low + (d * 0x1.1a62633145c07p-53 + (d * z) * series))
  }
}
