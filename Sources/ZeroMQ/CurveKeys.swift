import CZeroMQ

/// The public half of a Curve25519 key pair: 32 bytes, written as the 40 characters of Z85 (ZeroMQ RFC 32).
package struct CurvePublicKey: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The 32 bytes.
  package let bytes: [UInt8]

  /// The key of exactly 32 bytes; nil for any other number.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Z85.keyByteCount else { return nil }
    self.bytes = bytes
  }

  /// The key that 40 characters of Z85 spell; nil for any other text.
  package init?(z85: String) {
    guard let bytes = Z85.decode(z85) else { return nil }
    self.bytes = bytes
  }

  /// The key as 40 characters of Z85.
  package var z85: String { Z85.encode(bytes) }

  /// The same as `z85`.
  package var description: String { z85 }

  /// Reads 40 characters of Z85; throws `DecodingError` for anything else.
  package init(from decoder: any Decoder) throws { bytes = try Z85.bytes(from: decoder) }

  /// Writes 40 characters of Z85.
  package func encode(to encoder: any Encoder) throws { try z85.encode(to: encoder) }
}

/// The secret half of a key pair. Its descriptions hide it, so that it can't get into a log.
package struct CurveSecretKey: Hashable, Sendable, Codable, CustomStringConvertible,
  CustomDebugStringConvertible, CustomReflectable
{
  let bytes: [UInt8]

  /// The key that 40 characters of Z85 spell; nil for any other text.
  package init?(z85: String) {
    guard let bytes = Z85.decode(z85) else { return nil }
    self.bytes = bytes
  }

  /// The key as 40 characters of Z85: for a file that nobody else can read.
  package var z85: String { Z85.encode(bytes) }

  package var description: String { "a secret key" }

  package var debugDescription: String { description }

  package var customMirror: Mirror { Mirror(self, children: []) }

  /// Reads 40 characters of Z85; throws `DecodingError`, which does not tell them, for anything else.
  package init(from decoder: any Decoder) throws { bytes = try Z85.bytes(from: decoder) }

  /// Writes 40 characters of Z85: for a file that nobody else can read.
  package func encode(to encoder: any Encoder) throws { try z85.encode(to: encoder) }
}

/// A Curve25519 key pair: who holds it can prove to be the owner of its public key (ZeroMQ RFC 26, CurveZMQ).
package struct CurveKeyPair: Hashable, Sendable {
  package let publicKey: CurvePublicKey

  package let secretKey: CurveSecretKey

  /// The pair of a secret key; the public key is computed from it.
  ///
  /// - Throws: `ZeroMQError` when libzmq was built without CURVE.
  package init(secretKey: CurveSecretKey) throws(ZeroMQError) {
    var text = [CChar](repeating: 0, count: Z85.keyCharacterCount + 1)
    try retryingInterrupted("compute a public key") { zmq_curve_public(&text, secretKey.z85) }
    guard let publicKey = CurvePublicKey(z85: Z85.text(text)) else {
      throw ZeroMQError(operation: "compute a public key", code: EINVAL)
    }
    (self.publicKey, self.secretKey) = (publicKey, secretKey)
  }

  /// A new pair out of the system's random numbers.
  ///
  /// - Throws: `ZeroMQError` when libzmq was built without CURVE.
  package static func generate() throws(ZeroMQError) -> CurveKeyPair {
    var (publicText, secretText) = (
      [CChar](repeating: 0, count: Z85.keyCharacterCount + 1),
      [CChar](repeating: 0, count: Z85.keyCharacterCount + 1)
    )
    try retryingInterrupted("make a key pair") { zmq_curve_keypair(&publicText, &secretText) }
    guard let secretKey = CurveSecretKey(z85: Z85.text(secretText)) else {
      throw ZeroMQError(operation: "make a key pair", code: EINVAL)
    }
    return try CurveKeyPair(secretKey: secretKey)
  }
}

/// Keys as text (ZeroMQ RFC 32): five printable characters for four bytes.
private enum Z85 {
  static let keyByteCount = 32
  static let keyCharacterCount = 40

  static func decode(_ text: String) -> [UInt8]? {
    guard text.utf8.count == keyCharacterCount, !text.utf8.contains(0) else { return nil }
    var bytes = [UInt8](repeating: 0, count: keyByteCount)
    return zmq_z85_decode(&bytes, text) == nil ? nil : bytes
  }

  static func bytes(from decoder: any Decoder) throws -> [UInt8] {
    let container = try decoder.singleValueContainer()
    guard let bytes = decode(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "not a key of \(keyCharacterCount) characters of Z85")
    }
    return bytes
  }

  static func encode(_ key: [UInt8]) -> String {
    var characters = [CChar](repeating: 0, count: keyCharacterCount + 1)
    zmq_z85_encode(&characters, key, key.count)
    return text(characters)
  }

  static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
