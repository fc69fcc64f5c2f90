/// Decimal numbers from bytes, rounded correctly, whatever the locale.
enum CSVNumber {
  /// The number that begins at an index, and the index after it; nil if none begins there. Infinite if too large.
  ///
  /// Sign, digits with at most one point, exponent: no blanks, no hexadecimal digits, no words.
  @inline(__always)
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (value: Double, end: Int)? {
    var index = start
    let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
    if isNegative || (index < bytes.count && bytes[index] == UInt8(ascii: "+")) { index += 1 }
    var mantissa: UInt64 = 0
    let first = index
    var point: Int?
    while index < bytes.count {
      let digit = bytes[index] &- UInt8(ascii: "0")
      if digit < 10 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
      } else if bytes[index] == UInt8(ascii: "."), point == nil {
        point = index
      } else {
        break
      }
      index += 1
    }
    let digits = index - first - (point == nil ? 0 : 1)
    guard digits > 0 else { return nil }
    var exponent = point.map { $0 + 1 - index } ?? 0
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      guard let (power, end) = integer(bytes, from: index + 1) else { return nil }
      exponent += power
      index = end
    }
    // Up to 19 digits the mantissa has not overflowed; with both factors exact, the result is rounded once.
    if digits <= 19, mantissa <= 1 << 53, exponent.magnitude <= 22 {
      let power = powersOfTen[Int(exponent.magnitude)]
      let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      return (isNegative ? -value : value, index)
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    return Double(text).map { ($0, index) }
  }

  private static func integer(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (Int, Int)? {
    var index = start
    let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
    if isNegative || (index < bytes.count && bytes[index] == UInt8(ascii: "+")) { index += 1 }
    let first = index
    var value = 0
    while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
      value = min(value * 10 + Int(bytes[index] - UInt8(ascii: "0")), 1_000_000)
      index += 1
    }
    return index == first ? nil : (isNegative ? -value : value, index)
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19,
    1e20, 1e21, 1e22,
  ]
}
