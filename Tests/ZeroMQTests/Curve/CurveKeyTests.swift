import Testing
import ZeroMQ

@Suite struct CurveKeyTests {
  /// The test case of ZeroMQ RFC 32.
  @Test func publicKeyIsWrittenInZ85() throws {
    let bytes: [UInt8] = [
      0x8E, 0x0B, 0xDD, 0x69, 0x76, 0x28, 0xB9, 0x1D, 0x8F, 0x24, 0x55, 0x87, 0xEE, 0x95, 0xC5, 0xB0,
      0x4D, 0x48, 0x96, 0x3F, 0x79, 0x25, 0x98, 0x77, 0xB4, 0x9C, 0xD9, 0x06, 0x3A, 0xEA, 0xD3, 0xB7,
    ]
    let key = try #require(CurvePublicKey(bytes: bytes))
    #expect(key.z85 == "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")
    #expect(CurvePublicKey(z85: key.z85) == key)
  }

  @Test(arguments: [
    "", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6x",
    "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{L~6", "#####%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6~",
    "\u{0}TKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6", "äTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh",
  ])
  func otherTextIsNoKey(text: String) {
    #expect(CurvePublicKey(z85: text) == nil)
    #expect(CurveSecretKey(z85: text) == nil)
    #expect(CurvePublicKey(bytes: Array(text.utf8.prefix(31))) == nil)
  }

  @Test func generatedPairsDifferAndTheirSecretGivesTheirPublicKey() throws {
    let pairs = try (0..<20).map { _ in try CurveKeyPair.generate() }
    #expect(Set(pairs).count == 20)
    for pair in pairs {
      let secret = try #require(CurveSecretKey(z85: pair.secretKey.z85))
      #expect(try CurveKeyPair(secretKey: secret) == pair)
    }
  }

  @Test func secretIsInNoDescription() throws {
    let pair = try CurveKeyPair.generate()
    var dumped = ""
    dump(pair, to: &dumped)
    for text in ["\(pair)", String(reflecting: pair), "\(pair.secretKey)", dumped] {
      #expect(!text.contains(pair.secretKey.z85))
    }
  }
}
