extension Reproducible {
  /// e^x; error below 1 ulp.
  ///
  /// Infinity above 709.78; 0 where the result would be below the least normal number (x < -708.39).
  /// exp(-infinity) = 0, exp(not a number) = not a number.
  package static func exp(_ x: Double) -> Double {
    if x > 710 { return .infinity }
    if x < -710 { return 0 }
    if x.isNaN { return .nan }
    return exponential(x, 0)
  }

  /// The natural logarithm; error below 0.6 ulp.
  ///
  /// log(0) = -infinity, log(infinity) = infinity; a negative number or not a number gives not a number.
  /// A subnormal argument is taken at its value.
  package static func log(_ x: Double) -> Double {
    let bits = x.bitPattern
    if isZero(bits) { return -.infinity }
    if bits >= infinityBits { return bits == infinityBits ? .infinity : .nan }
    let (high, low) = logarithm(bits)
    return high + low
  }

  /// x^y for x >= 0; error below 0.7 + |y ln x| / 20 ulp.
  ///
  /// Special values as in IEEE 754 (x^0 = 1 and 1^y = 1 for all x and y), but a negative x gives not a number
  /// for any y except 0, and a result below the least normal number is 0.
  package static func pow(_ x: Double, _ y: Double) -> Double {
    let bits = x.bitPattern
    if y == 0 || x == 1 { return 1 }
    if x.isNaN || y.isNaN { return .nan }
    if isZero(bits) { return y.sign == .plus ? 0 : .infinity }
    if bits > infinityBits { return .nan }
    if bits == infinityBits { return y.sign == .plus ? .infinity : 0 }
    let (high, low) = logarithm(bits)
    let exponent = y * high
    if exponent > 710 { return .infinity }
    if exponent < -710 { return 0 }
    let product = exactProduct(y, high)
    return exponential(product.high, product.low + y * low)
  }

  private static var infinityBits: UInt64 { 0x7FF0_0000_0000_0000 }
  private static var leastNormalBits: Int64 { 0x0010_0000_0000_0000 }
  /// ln 2 as a sum; the first has 42 bits, so that its product with an exponent is exact.
  private static var ln2High: Double { 0x1.62e42fefa3800p-1 }
  private static var ln2Low: Double { 0x1.ef35793c76730p-45 }

  /// e^(high + low) for |high| <= 710 and a small low: high + low = k ln 2 + r, |r| <= ln 2 / 2, and the Taylor
  /// series of e^r to r^13 (truncation error 7e-18).
  @inline(__always)
  private static func exponential(_ high: Double, _ low: Double) -> Double {
    let k = nearestInteger(high * 0x1.71547652b82fep+0)
    let leading = high - k * ln2High
    let correction = low - k * ln2Low
    let r = leading + correction
    let rest = (leading - r) + correction
    let series = polynomial(
      r, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40_320, 1.0 / 362_880,
      1.0 / 3_628_800, 1.0 / 39_916_800, 1.0 / 479_001_600, 1.0 / 6_227_020_800)
    let mantissa = 1 + (r + (rest + (r * r) * series))
    let bits = Int64(bitPattern: mantissa.bitPattern) + Int64(k) << 52
    if bits >= Int64(bitPattern: infinityBits) { return .infinity }
    return bits < leastNormalBits ? 0 : Double(bitPattern: UInt64(bitPattern: bits))
  }

  /// The logarithm of the positive finite number with these bits as an unevaluated sum (relative error 2^-58):
  /// x = 2^k m with m in [1/sqrt 2, sqrt 2), s = (m - 1) / (m + 1), ln m = 2 (s + s^3/3 + s^5/5 + ...) to s^25.
  @inline(__always)
  private static func logarithm(_ bits: UInt64) -> (high: Double, low: Double) {
    var bits = Int64(bits)
    var subnormalExponent: Int64 = 0
    if bits < leastNormalBits {
      let shift = Int64(bits.leadingZeroBitCount - 11)
      bits <<= shift
      subnormalExponent = -shift
    }
    // The bits of 1/sqrt 2 and those of x differ by k in the exponent and at least 0 in the rest.
    let quotient = (bits - 0x3FE6_A09E_667F_3BCD) >> 52
    let m = Double(bitPattern: UInt64(bits - quotient << 52))
    let k = Double(quotient + subnormalExponent)

    let numerator = m - 1
    let denominator = m + 1
    let denominatorRest = m - (denominator - 1)
    let reciprocal = 1 / denominator
    let s = numerator * reciprocal
    let product = exactProduct(s, denominator)
    let sRest = (((numerator - product.high) - product.low) - s * denominatorRest) * reciprocal

    let z = s * s
    let series = polynomial(
      z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21,
      2.0 / 23, 2.0 / 25)
    let leading = k * ln2High
    let sum = leading + 2 * s
    let sumRest = 2 * s - (sum - leading)
    let low = (sumRest + k * ln2Low) + (2 * sRest + (s * z) * series)
    let high = sum + low
    return (high, low - (high - sum))
  }
}
