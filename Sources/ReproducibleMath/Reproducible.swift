/// Elementary functions that give the same bits on every host.
///
/// A C library's functions differ in the last bit between versions and processors. These use only operations
/// that IEEE 754 rounds exactly (+, -, *, /, square root) and integer operations, in a fixed order, without fused
/// multiply-add. They also give the same bits in a thread that flushes subnormal numbers to zero: no result
/// is subnormal (a smaller one is zero), and arguments are classified by their bits. A result that is not a
/// number is always `Double.nan`. They assume rounding to nearest, the default everywhere.
package enum Reproducible {}

extension Reproducible {
  /// The nearest integer, ties to even; for magnitudes below 2^51.
  @inline(__always)
  static func nearestInteger(_ x: Double) -> Double {
    (x + 0x1.8p52) - 0x1.8p52
  }

  /// Whether these are the bits of 0 or -0. A mask on the sign would not do: compilers turn it into a comparison of
  /// numbers, which holds for subnormal ones too where they are flushed.
  @inline(__always)
  static func isZero(_ bits: UInt64) -> Bool {
    bits == 0 || bits == 0x8000_0000_0000_0000
  }

  /// The exact product of two numbers as a sum of two (Dekker 1971), the first the rounded product.
  /// Magnitudes must be below 2^996, and the product well above the subnormal range.
  @inline(__always)
  static func exactProduct(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
    let product = a * b
    let (aHigh, aLow) = halves(a)
    let (bHigh, bLow) = halves(b)
    let low = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow
    return (product, low)
  }

  /// c0 + c1 x + ... + c11 x^11 in a fixed order with short chains (Estrin's scheme).
  @inline(__always)
  static func polynomial(
    _ x: Double, _ c0: Double, _ c1: Double, _ c2: Double, _ c3: Double, _ c4: Double, _ c5: Double,
    _ c6: Double, _ c7: Double, _ c8: Double, _ c9: Double, _ c10: Double, _ c11: Double
  ) -> Double {
    let x2 = x * x
    let x4 = x2 * x2
    let low = (c0 + c1 * x) + x2 * (c2 + c3 * x)
    let middle = (c4 + c5 * x) + x2 * (c6 + c7 * x)
    let high = (c8 + c9 * x) + x2 * (c10 + c11 * x)
    return low + x4 * (middle + x4 * high)
  }

  @inline(__always)
  private static func halves(_ a: Double) -> (Double, Double) {
    let scaled = a * 0x1.0000002p27
    let high = scaled - (scaled - a)
    return (high, a - high)
  }
}
