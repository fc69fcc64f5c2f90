import Digests
import Files
import Glibc

/// The secret that readers from other hosts show.
struct AccessToken: Sendable {
  private let digest: SHA256Digest
  /// What a browser keeps in its place, so that the token itself is not stored there.
  let cookieValue: String

  init(_ text: String) {
    digest = .of(Array(text.utf8))
    cookieValue = SHA256Digest.of(Array("cookie:\(text)".utf8)).hex
  }

  /// Whether this is the token. Digests are compared, so the time says nothing about it.
  func isEqual(_ text: String) -> Bool { SHA256Digest.of(Array(text.utf8)) == digest }

  /// Whether this is what `cookieValue` gave to a browser.
  func isCookie(_ text: String) -> Bool {
    SHA256Digest.of(Array(text.utf8)) == SHA256Digest.of(Array(cookieValue.utf8))
  }

  /// The token of a file that nobody else may read.
  static func read(_ path: String) throws(StatusPageError) -> AccessToken {
    let content: FileContent
    do throws(FileError) {
      content = try FileContent.read(path, limit: 512)
    } catch {
      guard let code = error.code else { throw .badToken(path: path) }
      throw .tokenFile(path: path, code: code)
    }
    if content.isOpenToOthers { throw .tokenReadableByOthers(path: path, mode: content.mode) }
    var text = String(decoding: content.bytes, as: UTF8.self)
    while text.last?.isWhitespace == true { text.removeLast() }
    guard (16...256).contains(text.utf8.count), text.utf8.allSatisfy(isPlain) else {
      throw .badToken(path: path)
    }
    return AccessToken(text)
  }

  /// The token of a file, which is made with 256 random bits if there is none.
  static func readOrMake(_ path: String) throws(StatusPageError) -> AccessToken {
    var generator = SystemRandomNumberGenerator()
    let random = (0..<4).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    let text = random.joined()
    let isNew: Bool
    do throws(FileError) {
      isNew = try PrivateFile.make(Array((text + "\n").utf8), at: path)
    } catch {
      throw .tokenFile(path: path, code: error.code ?? EIO)
    }
    return isNew ? AccessToken(text) : try read(path)
  }

  /// What may stand in an address without being written in another way.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
