import Digests
import Files
import Foundation
import Testing

@Suite struct SHA256DigestTests {
  /// The examples of FIPS 180-4 for SHA-256 and the empty message of NIST's CAVP byte vectors.
  static let vectors = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: vectors)
  func publishedVectors(text: String, hex: String) {
    #expect(SHA256Digest.of(text.utf8).hex == hex)
    #expect(SHA256Digest.of(Array(text.utf8)).hex == hex)
    #expect(SHA256Digest.of(Data(text.utf8)).hex == hex)
    #expect(Array(text.utf8).withUnsafeBytes { SHA256Digest.of($0) }.hex == hex)
    #expect(SHA256Digest.of(AnySequence(Array(text.utf8))).hex == hex)
  }

  @Test(arguments: [1, 63, 64, 65, 999, 10_000])
  func piecesHashAsTheWhole(size: Int) {
    let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var hasher = SHA256Hasher()
    for start in stride(from: 0, to: content.count, by: size) {
      hasher.update(content[start..<min(start + size, content.count)])
    }
    #expect(hasher.finalize() == SHA256Digest.of(content))
  }

  @Test func hasherGoesOnAfterADigest() {
    var hasher = SHA256Hasher()
    hasher.update("a".utf8)
    #expect(hasher.finalize() == SHA256Digest.of("a".utf8))
    hasher.update("bc".utf8)
    #expect(hasher.finalize() == SHA256Digest.of("abc".utf8))
  }

  @Test(arguments: [0, 1, 1 << 20, 2_500_000])
  func fileHashesAsItsContent(size: Int) throws {
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13) }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID().uuidString)")
    try Data(content).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(try SHA256Digest.of(fileAt: file.path) == SHA256Digest.of(content))
  }

  @Test func fileThatCannotBeReadIsNamed() {
    #expect(throws: FileError("/nowhere/at/all", .read, .system(ENOENT))) {
      try SHA256Digest.of(fileAt: "/nowhere/at/all")
    }
    #expect(throws: FileError("/", .read, .system(EISDIR))) { try SHA256Digest.of(fileAt: "/") }
  }

  @Test func hexIsReadInEitherCaseAndWrittenInLower() {
    let digest = SHA256Digest.of("abc".utf8)
    #expect(SHA256Digest(hex: digest.hex) == digest)
    #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
    #expect("\(digest)" == digest.hex)
  }

  @Test func textThatIsNoDigestIsRefused() {
    let hex = SHA256Digest.of("abc".utf8).hex
    for text in ["", "ab", String(hex.dropLast()), hex + "0", "g" + hex.dropFirst(), "é" + hex.dropFirst(2)] {
      #expect(SHA256Digest(hex: text) == nil, "\(text)")
    }
    #expect(SHA256Digest(bytes: [1, 2, 3]) == nil)
    #expect(SHA256Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
  }

  @Test func orderIsThatOfTheBytes() throws {
    var low = [UInt8](repeating: 0, count: 32)
    let zero = try #require(SHA256Digest(bytes: low))
    low[31] = 200
    let last = try #require(SHA256Digest(bytes: low))
    low[0] = 1
    low[31] = 0
    let first = try #require(SHA256Digest(bytes: low))
    #expect([first, last, zero].sorted() == [zero, last, first])
  }

  @Test func codedAsAHexString() throws {
    let digest = SHA256Digest.of("abc".utf8)
    let json = try JSONEncoder().encode([digest])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(digest.hex)\"]")
    #expect(try JSONDecoder().decode([SHA256Digest].self, from: json) == [digest])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([SHA256Digest].self, from: Data("[\"abc\"]".utf8))
    }
  }
}
