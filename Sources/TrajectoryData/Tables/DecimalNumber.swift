/// Decimal numbers from bytes, rounded correctly to float64, whatever the locale.
///
/// Three ways, the first that applies: exact floating-point factors (Clinger 1990); the product with a 128-bit power of
/// five (Lemire 2021, "Number parsing at a gigabyte per second"); the standard library.
enum DecimalNumber {
  /// Reads the number that begins at `cursor` and moves the cursor past it; nil, and the cursor anywhere, if none begins
  /// there. Infinite if too large.
  ///
  /// Sign, digits with at most one decimal mark, exponent with E or Fortran's D: no blanks, no hexadecimal digits, no
  /// words.
  ///
  /// - Parameters:
  ///   - cursor: in text that ends with a byte that can't belong to a number, with `padding` bytes behind it.
  ///   - mark: the decimal mark, a point or a comma.
  ///   - powers: ``Powers/shared``.
  @inline(__always)
  static func parse(
    _ cursor: inout UnsafePointer<UInt8>, mark: UInt8, powers: Powers
  ) -> Double? {
    let start = cursor
    var p = start
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let first = p
    var mantissa: UInt64 = 0
    while true {
      let digit = p.pointee &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p += 1
    }
    var digits = p - first
    var exponent = 0
    if p.pointee == mark {
      p += 1
      let fraction = p
      while let eight = eightDigits(p) {
        mantissa = mantissa &* 100_000_000 &+ eight
        p += 8
      }
      while true {
        let digit = p.pointee &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        p += 1
      }
      exponent = fraction - p
      digits -= exponent
    }
    guard digits > 0 else { return nil }
    let letter = p.pointee | 0x20
    if letter == UInt8(ascii: "e") || letter == UInt8(ascii: "d") {
      p += 1
      guard let power = integer(&p) else { return nil }
      exponent += power
    }
    cursor = p
    if digits <= 19 {
      if mantissa <= 1 << 53, exponent.magnitude <= 22 {
        let power = powers.ten[Int(exponent.magnitude)]
        let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
        return isNegative ? -value : value
      }
      if let bits = rounded(mantissa, exponent, powers.five) {
        return Double(bitPattern: bits | (isNegative ? 1 << 63 : 0))
      }
    }
    return fallback(start, p, mark: mark)
  }

  /// Bytes that are read beyond the end of a number.
  static let padding = 8

  /// The number that eight digits are; nil if one of the bytes isn't a digit.
  @inline(__always)
  private static func eightDigits(_ p: UnsafePointer<UInt8>) -> UInt64? {
    var word = UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
    let high: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
    guard word & high | ((word &+ 0x0606_0606_0606_0606) & high) >> 4 == 0x3333_3333_3333_3333 else {
      return nil
    }
    word &-= 0x3030_3030_3030_3030
    word = word &* 10 &+ word >> 8
    let mask: UInt64 = 0x0000_00FF_0000_00FF
    return ((word & mask) &* 0x000F_4240_0000_0064 &+ (word >> 16 & mask) &* 0x0000_2710_0000_0001) >> 32
  }

  @inline(__always)
  private static func integer(_ p: inout UnsafePointer<UInt8>) -> Int? {
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let first = p
    var value = 0
    while p.pointee &- UInt8(ascii: "0") < 10 {
      value = min(value * 10 + Int(p.pointee - UInt8(ascii: "0")), 1_000_000)
      p += 1
    }
    return p == first ? nil : (isNegative ? -value : value)
  }

  /// The bits of mantissa times 10^exponent, rounded to even; nil where 128 bits don't decide, and for subnormal or too
  /// large values.
  @inline(__always)
  private static func rounded(
    _ mantissa: UInt64, _ exponent: Int, _ powers: UnsafePointer<UInt64>
  ) -> UInt64? {
    guard mantissa != 0, exponent >= PowersOfFive.least, exponent <= PowersOfFive.greatest else { return nil }
    let shift = mantissa.leadingZeroBitCount
    let normalised = mantissa << UInt64(shift)
    let index = 2 * (exponent - PowersOfFive.least)
    var (high, low) = normalised.multipliedFullWidth(by: powers[index])
    if high & 0x1FF == 0x1FF {
      let (carry, _) = normalised.multipliedFullWidth(by: powers[index + 1])
      low = low &+ carry
      if carry > low { high += 1 }
    }
    if low == .max, exponent < -27 || exponent > 55 { return nil }
    let upper = Int(high >> 63)
    let dropped = UInt64(upper + 9)
    var fraction = high >> dropped
    var power = (((152_170 + 65_536) * exponent) >> 16) + 63 + upper - shift + 1023
    guard power > 0 else { return nil }
    // Exactly between two doubles: to even.
    if low <= 1, exponent >= -4, exponent <= 23, fraction & 3 == 1, fraction << dropped == high {
      fraction &= ~1
    }
    fraction = (fraction + (fraction & 1)) >> 1
    if fraction >= 2 << 52 {
      fraction = 1 << 52
      power += 1
    }
    guard power < 0x7FF else { return nil }
    return fraction & ~(1 << 52) | UInt64(power) << 52
  }

  @inline(never)
  private static func fallback(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, mark: UInt8
  ) -> Double? {
    var bytes = Array(UnsafeBufferPointer(start: start, count: end - start))
    for index in bytes.indices {
      if bytes[index] == mark { bytes[index] = UInt8(ascii: ".") }
      if bytes[index] | 0x20 == UInt8(ascii: "d") { bytes[index] = UInt8(ascii: "e") }
    }
    // An exponent of many digits is cut, so that no conversion can overflow.
    return Double(String(decoding: bytes, as: UTF8.self))
  }
}

extension DecimalNumber {
  /// The number that a whole text is; nil if it is another text.
  static func parse(_ text: some Collection<UInt8>, mark: UInt8 = UInt8(ascii: ".")) -> Double? {
    let bytes = Array(text) + [UInt8](repeating: 0, count: 1 + padding)
    return bytes.withUnsafeBufferPointer { buffer in
      guard var cursor = buffer.baseAddress else { return nil }
      let end = cursor + text.count
      guard let value = parse(&cursor, mark: mark, powers: .shared), cursor == end else {
        return nil
      }
      return value
    }
  }
}

/// Tables of powers, as pointers that inner loops hold.
struct Powers: @unchecked Sendable {
  /// 10^0 to 10^22, exact.
  let ten: UnsafePointer<Double>
  /// ``PowersOfFive/table``.
  let five: UnsafePointer<UInt64>

  static let shared = Powers(ten: PowersOfFive.exactPowersOfTen, five: PowersOfFive.table)
}

/// 5^q for q from -342 to 308, normalised to 128 bits: truncated for q >= 0, rounded up below.
enum PowersOfFive {
  static let least = -342
  static let greatest = 308

  nonisolated(unsafe) static let exactPowersOfTen: UnsafePointer<Double> = {
    let powers = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    var value = 1.0
    for exponent in 0...22 {
      powers[exponent] = value
      value *= 10
    }
    return UnsafePointer(powers)
  }()

  /// High and low half of each power; computed once, never freed.
  nonisolated(unsafe) static let table: UnsafePointer<UInt64> = {
    let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * (greatest - least + 1))
    func set(_ exponent: Int, _ value: UInt128) {
      table[2 * (exponent - least)] = UInt64(truncatingIfNeeded: value >> 64)
      table[2 * (exponent - least) + 1] = UInt64(truncatingIfNeeded: value)
    }
    var power = BigInteger(one: 0)
    var widths: [Int] = []
    for exponent in 0...max(greatest, -least) {
      widths.append(power.bitWidth)
      if exponent <= greatest { set(exponent, power.leading128(above: 0)) }
      power.multiply(by: 5)
    }
    // floor(2^b / 5^n) by repeated division; 5^n has `widths[n]` bits.
    let bits = 2 * widths[-least] + 128
    var reciprocal = BigInteger(one: bits)
    for exponent in 1 ... -least {
      reciprocal.divide(by: 5)
      let wanted = exponent <= 27 ? widths[exponent] + 127 : 2 * widths[exponent] + 128
      set(-exponent, reciprocal.leading128(above: bits - wanted, roundedUp: true))
    }
    return UnsafePointer(table)
  }()
}

/// A natural number of any size, as far as the table of powers needs it.
private struct BigInteger {
  /// 32-bit digits, the least first.
  private var limbs: [UInt32]

  /// 2^exponent.
  init(one exponent: Int) {
    limbs = Array(repeating: 0, count: exponent / 32 + 1)
    limbs[exponent / 32] = 1 << UInt32(exponent % 32)
  }

  var bitWidth: Int {
    guard let top = limbs.lastIndex(where: { $0 != 0 }) else { return 0 }
    return 32 * top + 32 - limbs[top].leadingZeroBitCount
  }

  mutating func multiply(by factor: UInt32) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      carry += UInt64(limbs[index]) * UInt64(factor)
      limbs[index] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    if carry > 0 { limbs.append(UInt32(carry)) }
  }

  mutating func divide(by divisor: UInt32) {
    var rest: UInt64 = 0
    for index in limbs.indices.reversed() {
      rest = rest << 32 | UInt64(limbs[index])
      limbs[index] = UInt32(rest / UInt64(divisor))
      rest %= UInt64(divisor)
    }
  }

  /// The leading 128 bits of the number without its lowest `skipped` bits, normalised; one added before if rounded up.
  func leading128(above skipped: Int, roundedUp: Bool = false) -> UInt128 {
    var number = self
    if roundedUp {
      var index = skipped / 32
      var carry: UInt64 = 1 << UInt64(skipped % 32)
      while carry > 0 {
        if index == number.limbs.count { number.limbs.append(0) }
        carry += UInt64(number.limbs[index])
        number.limbs[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
        index += 1
      }
    }
    let width = number.bitWidth
    var value: UInt128 = 0
    for offset in 1...128 {
      let bit = width - offset
      value <<= 1
      if bit >= skipped, number.limbs[bit / 32] >> UInt32(bit % 32) & 1 == 1 { value |= 1 }
    }
    return value
  }
}
