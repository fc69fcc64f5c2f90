import ErrorCategories
import Glibc

/// An address of a socket, taken apart: `tcp://127.0.0.1:5555`, `ipc:///run/potline.sock`, `inproc://results`.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// The part before `://`.
  package let transport: String

  /// The part after `://`.
  package let address: String

  /// Takes `text` apart.
  ///
  /// - Throws: `EndpointError.malformed` if there is no transport or no address.
  package init(_ text: String) throws(EndpointError) {
    guard let colon = text.firstRange(of: "://"), colon.lowerBound > text.startIndex,
      colon.upperBound < text.endIndex, !text.utf8.contains(0)
    else { throw .malformed(text) }
    transport = String(text[..<colon.lowerBound])
    address = String(text[colon.upperBound...])
  }

  /// The address as libzmq takes it.
  package var description: String { "\(transport)://\(address)" }

  /// The host of a `tcp` address, without the brackets of IPv6; nil for any other transport.
  package var host: String? {
    guard transport == "tcp", let colon = address.lastIndex(of: ":") else { return nil }
    let host = address[..<colon]
    return host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
  }

  /// Whether nothing outside this host can reach it or be reached by it: `inproc`, `ipc`, and `tcp` on
  /// 127.0.0.0/8, ::1 or `localhost`. Every other form counts as not loopback: wildcards, names of interfaces,
  /// short forms of addresses.
  package var isLoopback: Bool {
    switch transport {
    case "inproc", "ipc": true
    case "tcp": host.map(Endpoint.isLoopbackHost) ?? false
    default: false
    }
  }

  private static func isLoopbackHost(_ host: String) -> Bool {
    if host == "localhost" { return true }
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, host, &v6) == 1 else { return false }
    return withUnsafeBytes(of: v6) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
  }
}

/// An address that a socket can't use.
package enum EndpointError: CategorizedError, Hashable, Sendable {
  /// The text is not `transport://address`.
  case malformed(String)

  /// The security `.loopback` was asked for, but the address can be reached from other hosts.
  case notLoopback(Endpoint)

  /// The socket has another security than was asked for now.
  case otherSecurity(Endpoint)

  package var category: ErrorCategory { .usage }

  package var description: String {
    switch self {
    case .malformed(let text):
      "“\(text)” is not an address: write transport://address, such as tcp://127.0.0.1:5555"
    case .notLoopback(let endpoint):
      """
      \(endpoint) is not a loopback address: without encryption use tcp://127.0.0.1:PORT, tcp://[::1]:PORT or \
      ipc://PATH
      """
    case .otherSecurity(let endpoint):
      "\(endpoint) would have another security than the rest of its socket: use a second socket for it"
    }
  }
}
