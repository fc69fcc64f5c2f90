/// A SHA-256 hash (FIPS 180-4): the name by which content is known. Ordered as its bytes are.
public struct SHA256Digest: Hashable, Sendable {
  /// The size of a digest in bytes.
  public static let byteCount = 32

  /// The 32 bytes of the hash.
  public let bytes: [UInt8]

  /// A digest of exactly 32 bytes, or nil for any other number.
  public init?(bytes: some Sequence<UInt8>) {
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
  public init?(hex: String) {
    let digits = hex.utf8.map(Self.value(ofHexDigit:))
    guard digits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// 64 lowercase hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
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
  public var description: String { hex }
}

extension SHA256Digest: Comparable {
  /// Compares byte by byte from the first.
  public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension SHA256Digest: Codable {
  /// Reads 64 hexadecimal digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = SHA256Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "“\(text)” is not a SHA-256 digest of 64 hexadecimal digits")
    }
    self = digest
  }

  /// Writes 64 lowercase hexadecimal digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
