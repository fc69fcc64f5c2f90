import Digests
import Files
import Glibc

/// The rules of access to the page.
struct AccessRules: Sendable {
  enum Verdict: Equatable {
    case allowed
    /// The token was in the address: the browser gets a cookie in its place.
    case allowedByAddress
    /// The request was sent to another name: a page of another origin may be behind it.
    case otherHost
    case tokenNeeded
  }

  /// `nil` on a loopback address.
  let token: AccessToken?
  /// Where the server listens, with its true port.
  let address: StatusAddress

  /// Contains the port, as browsers share cookies between the ports of a host.
  var cookieName: String { "potline-status-\(address.port)" }

  func judge(_ request: RequestHead) -> Verdict {
    guard let token else { return isOwnName(request.host) ? .allowed : .otherHost }
    if let header = request.authorization, let shown = Self.bearer(header), token.isEqual(shown) {
      return .allowed
    }
    if let shown = request.query["token"], token.isEqual(shown) { return .allowedByAddress }
    if request.cookies(named: cookieName).contains(where: token.isCookie) { return .allowed }
    return .tokenNeeded
  }

  var cookie: String? {
    token.map { "\(cookieName)=\($0.cookieValue); Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000" }
  }

  /// Any other name that resolves to loopback may belong to a page of another origin (DNS rebinding).
  private func isOwnName(_ host: String) -> Bool {
    var name = host.lowercased()
    if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
      guard UInt16(name[name.index(after: colon)...]) != nil else { return false }
      name = String(name[..<colon])
    }
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]"
      || name == (address.isIPv6 ? "[\(address.host)]" : address.host)
  }

  private static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1].drop { $0 == " " })
  }
}

/// The secret of readers on other hosts.
struct AccessToken: Sendable {
  private let digest: SHA256Digest
  /// The cookie that a browser keeps in place of the token, so that it doesn't store the token itself.
  let cookieValue: String

  init(_ text: String) {
    digest = .of(Array(text.utf8))
    cookieValue = SHA256Digest.of(Array("cookie:\(text)".utf8)).hex
  }

  /// Whether this is the token. Compares digests, so that timing reveals nothing.
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
      if case .notPrivate = error.reason { throw .tokenNotPrivate(error) }
      throw .tokenFile(path: path, code: error.code ?? EIO)
    }
    return isNew ? AccessToken(text) : try read(path)
  }

  /// Characters that need no escaping in an address.
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
