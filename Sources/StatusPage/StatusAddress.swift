import Glibc

/// Where a status page listens: an IP address of this machine and a port.
package struct StatusAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address, without brackets.
  package let host: String
  /// The port; 0 for one that the system chooses.
  package let port: UInt16

  let isIPv6: Bool

  /// Reads `127.0.0.1:8090`, `[::1]:8090` or `localhost:8090`.
  ///
  /// - Throws: `StatusPageError.badAddress`.
  package init(_ text: String) throws(StatusPageError) {
    guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
      throw .badAddress(text)
    }
    var host = String(text[..<colon])
    if host == "localhost" { host = "127.0.0.1" }
    isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
    if isIPv6 { host = String(host.dropFirst().dropLast()) }
    var bytes = in6_addr()
    guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, host, &bytes) == 1 else { throw .badAddress(text) }
    (self.host, self.port) = (host, port)
  }

  init(host: String, port: UInt16, isIPv6: Bool) {
    (self.host, self.port, self.isIPv6) = (host, port, isIPv6)
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { isIPv6 ? host == "::1" : host.hasPrefix("127.") }

  /// `HOST:PORT`, an IPv6 address in brackets.
  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func port(_ digits: Substring) -> UInt16? {
    digits.utf8.allSatisfy { (48...57).contains($0) } ? UInt16(digits) : nil
  }
}
