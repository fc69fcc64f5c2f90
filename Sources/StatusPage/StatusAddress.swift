import ErrorCategories
import Files
import Glibc
import ZeroMQ

/// Where a status page listens: an IP address of this host and a port.
package struct StatusAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address, without brackets.
  package let host: String
  /// The port; 0 for one that the system chooses.
  package let port: UInt16

  let isIPv6: Bool

  /// Reads `127.0.0.1:8090`, `[::1]:8090`, `localhost:8090` or `HOSTNAME:8090`; of a name, the first of
  /// `HostName.addresses`.
  ///
  /// - Throws: `StatusPageError.badAddress`, `.unresolved`.
  package init(_ text: String) throws(StatusPageError) {
    guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
      throw .badAddress(text)
    }
    let written = String(text[..<colon])
    let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
    let host = isBracketed ? String(written.dropFirst().dropLast()) : written
    let candidates: [IPAddress]
    if let literal = IPAddress(host) {
      candidates = literal.isIPv6 == isBracketed ? [literal] : []
    } else if Self.isHostName(host), !isBracketed {
      do throws(HostName.ResolutionError) {
        candidates = try HostName.addresses(of: host)
      } catch {
        throw .unresolved(text, reason: error.reason)
      }
    } else {
      candidates = []
    }
    guard let address = candidates.first else { throw .badAddress(text) }
    (self.host, self.port, isIPv6) = (address.description, port, address.isIPv6)
  }

  init(host: String, port: UInt16, isIPv6: Bool) {
    (self.host, self.port, self.isIPv6) = (host, port, isIPv6)
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { isIPv6 ? host == "::1" : host.hasPrefix("127.") }

  /// `HOST:PORT`, an IPv6 address in brackets.
  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Letters, digits, hyphens and dots, with a letter in the last part: a mistyped IP address isn't looked up.
  private static func isHostName(_ text: String) -> Bool {
    let last = text.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    return text.utf8.allSatisfy { (48...57).contains($0) || Self.isLetter($0) || [45, 46, 95].contains($0) }
      && last.utf8.contains(where: isLetter)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) }

  private static func port(_ digits: Substring) -> UInt16? {
    digits.utf8.allSatisfy { (48...57).contains($0) } ? UInt16(digits) : nil
  }
}

/// A status page that can't be served.
package enum StatusPageError: CategorizedError, Hashable, Sendable {
  /// A malformed address.
  case badAddress(String)
  /// The host name of an address doesn't resolve, for the resolver's reason.
  case unresolved(String, reason: String)
  /// The address can't be listened at.
  case cannotListen(StatusAddress, code: Int32)
  /// The token's file can't be read or written.
  case tokenFile(path: String, code: Int32)
  /// Others could read the token's file, as its file system ignores permissions.
  case tokenNotPrivate(FileError)
  /// Others may read the token.
  case tokenReadableByOthers(path: String, mode: UInt32)
  /// The file doesn't hold a token.
  case badToken(path: String)

  package var category: ErrorCategory {
    switch self {
    case .badAddress: .usage
    case .unresolved: .unavailable
    case .cannotListen: .failed
    case .tokenFile, .tokenReadableByOthers, .badToken: .badInput
    case .tokenNotPrivate: .output
    }
  }

  package var description: String {
    switch self {
    case .badAddress(let text):
      """
      --status “\(text)”: not an IP address of this machine and a port; write 127.0.0.1:8090, or 0.0.0.0:8090 for other \
      hosts too (port 0: the system chooses one)
      """
    case .unresolved(let text, let reason):
      "--status \(text): cannot resolve the host name: \(reason). Check its spelling, or write an IP address"
    case .cannotListen(let address, EADDRINUSE):
      "--status \(address): another program listens there: use another port, or port 0 for one that is free"
    case .cannotListen(let address, EADDRNOTAVAIL):
      "--status \(address): this machine has no such address: use one of its own, or 0.0.0.0 for all"
    case .cannotListen(let address, EACCES):
      "--status \(address): not allowed; ports below 1024 need a right of their own: use one above"
    case .cannotListen(let address, let code): "--status \(address): \(String(cString: strerror(code)))"
    case .tokenFile(let path, let code):
      "the status page's token in \(path): \(String(cString: strerror(code)))"
    case .tokenNotPrivate(let error): "the status page's token in \(error)"
    case .tokenReadableByOthers(let path, let mode):
      """
      \(path) holds the status page's token, and others may read it (mode \(String(mode, radix: 8))): run \
      `chmod 600 \(path)`, and put a new token into it if somebody may have read it
      """
    case .badToken(let path):
      "\(path): expected a token: one line of 16 to 256 letters, digits, '-', '.', '_' or '~'"
    }
  }
}
