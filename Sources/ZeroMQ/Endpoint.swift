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

  /// The port of a `tcp` address as written, a number or `*`; nil for any other transport.
  package var port: Substring? {
    host == nil ? nil : address[address.index(after: address.lastIndex(of: ":") ?? address.startIndex)...]
  }

  /// Whether it stands for all addresses of this host: `tcp` on `*`, 0.0.0.0 or ::.
  package var isWildcard: Bool { ["*", "0.0.0.0", "::"].contains(host) }

  /// Whether nothing outside this host can reach it or be reached by it: `inproc`, `ipc`, and `tcp` on
  /// 127.0.0.0/8, ::1 or `localhost`. Every other form counts as not loopback: wildcards, names of interfaces and
  /// other hosts, short forms of addresses.
  package var isLoopback: Bool {
    switch transport {
    case "inproc", "ipc": true
    case "tcp": host.map(Endpoint.isLoopbackHost) ?? false
    default: false
    }
  }

  private static func isLoopbackHost(_ host: String) -> Bool {
    host == "localhost" || IPAddress(host)?.isLoopback == true
  }
}

extension Endpoint {
  /// A form of an address that libzmq understands, and whether its option `ZMQ_IPV6` has to be on.
  struct Target: Hashable {
    let endpoint: Endpoint
    let isIPv6: Bool
  }

  /// The addresses to listen on, of which the first that can be bound is the right one. Names of hosts, which libzmq
  /// doesn't take here, become numbers; names of interfaces stay.
  func bindTargets() throws(EndpointError) -> [Target] {
    guard let name = try name() else { return [literal] }
    if if_nametoindex(name) != 0 {
      return [Target(endpoint: self, isIPv6: false), Target(endpoint: self, isIPv6: true)]
    }
    var targets: [Target] = []
    for address in try addresses(of: name, isListening: true) {
      targets.append(
        Target(endpoint: try Endpoint("tcp://\(address.bracketed):\(port ?? "")"), isIPv6: address.isIPv6))
    }
    return targets
  }

  /// The address to connect to. A name stays, as libzmq looks it up again for each connection, in IPv4 if it has such
  /// an address.
  func connectTarget() throws(EndpointError) -> Target {
    guard let name = try name() else { return literal }
    let addresses = try addresses(of: name, isListening: false)
    return Target(endpoint: self, isIPv6: addresses.allSatisfy(\.isIPv6))
  }

  private var literal: Target {
    Target(endpoint: self, isIPv6: host.flatMap { IPAddress($0) }?.isIPv6 == true)
  }

  /// The name that has to be looked up; nil for IP addresses, wildcards and other transports.
  private func name() throws(EndpointError) -> String? {
    // A source and a destination, `tcp://SOURCE;HOST:PORT`, is libzmq's to take apart.
    guard let host, host != "*", !host.contains(";"), IPAddress(host) == nil else { return nil }
    guard !host.isEmpty, !host.contains(where: { ":[]".contains($0) }) else { throw .malformed(description) }
    return host
  }

  private func addresses(of name: String, isListening: Bool) throws(EndpointError) -> [IPAddress] {
    let addresses: [IPAddress]
    do throws(HostName.ResolutionError) {
      addresses = try HostName.addresses(of: name)
    } catch {
      throw .unresolved(self, reason: error.reason, isListening: isListening)
    }
    // The name alone decides that it needs no protection.
    guard name != "localhost" || addresses.allSatisfy(\.isLoopback) else { throw .notLoopback(self) }
    return addresses
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

  /// Its host name doesn't resolve, for the resolver's `reason`.
  case unresolved(Endpoint, reason: String, isListening: Bool)

  package var category: ErrorCategory {
    switch self {
    case .malformed, .notLoopback, .otherSecurity: .usage
    case .unresolved: .unavailable
    }
  }

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
      "\(endpoint) has other security settings than the rest of its socket: use a second socket"
    case .unresolved(let endpoint, let reason, let isListening):
      """
      cannot resolve the host name “\(endpoint.host ?? "")” in \(endpoint): \(reason)\
      \(isListening ? "; a network interface of this name doesn't exist here either" : ""). Check its spelling and this \
      host's name service, or write the IP address
      """
    }
  }
}
