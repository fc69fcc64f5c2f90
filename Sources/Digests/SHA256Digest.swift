/// A SHA-256 hash (FIPS 180-4): the name by which content is known. Ordered as its bytes are.
package struct SHA256Digest: Hashable, Sendable {
  /// The size of a digest in bytes.
  package static let byteCount = 32

  /// The 32 bytes of the hash.
  package let bytes: [UInt8]

  /// A digest of exactly 32 bytes, or nil for any other number.
  package init?(bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// A digest of bytes that are known to be 32.
  init(exactly bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount)
    self.bytes = bytes
  }

  /// The digest that 64 hexadecimal digits of either case spell, or nil for any other text.
  package init?(hex: String) { self.init(hexDigits: hex.utf8) }

  /// The digest that 64 hexadecimal digits of either case spell in ASCII, or nil for any other bytes.
  package init?(hexDigits: some Collection<UInt8>) {
    guard hexDigits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    var high: UInt8?
    for digit in hexDigits {
      guard let value = Self.value(ofHexDigit: digit) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.bytes = bytes
  }

  /// 64 lowercase hexadecimal digits.
  package var hex: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { digits in
      for (index, byte) in bytes.enumerated() {
        digits[2 * index] = Self.hexDigit(byte >> 4)
        digits[2 * index + 1] = Self.hexDigit(byte & 15)
      }
      return 2 * Self.byteCount
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static func value(ofHexDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension SHA256Digest: CustomStringConvertible {
  /// The same as `hex`.
  package var description: String { hex }
}

extension SHA256Digest: Comparable {
  /// Compares byte by byte from the first.
  package static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension SHA256Digest: Codable {
  /// Reads 64 hexadecimal digits.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = SHA256Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "“\(text)” is not a SHA-256 digest of 64 hexadecimal digits")
    }
    self = digest
  }

  /// Writes 64 lowercase hexadecimal digits.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
