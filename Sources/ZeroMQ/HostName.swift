import Glibc

/// A numeric IP address, as `getnameinfo` writes it: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address without brackets.
  package let description: String

  /// Whether it is an IPv6 address.
  package let isIPv6: Bool

  /// Reads `text`, without brackets; an IPv6 address may have a zone (`%eth0`). nil if it isn't an IP address.
  package init?(_ text: String) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      isIPv6 = false
    } else if inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &v6) == 1, text.last != "%" {
      isIPv6 = true
    } else {
      return nil
    }
    description = text
  }

  /// As the host of an address with a port: IPv6 in brackets.
  package var bracketed: String { isIPv6 ? "[\(description)]" : description }

  /// Whether it is in 127.0.0.0/8, or ::1.
  package var isLoopback: Bool {
    var v4 = in_addr()
    if inet_pton(AF_INET, description, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, description, &v6) == 1 else { return false }
    return withUnsafeBytes(of: v6) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
  }
}

/// Host names and their addresses.
package enum HostName {
  /// A name that doesn't resolve.
  package struct ResolutionError: Error, Hashable, Sendable {
    /// The resolver's reason: `Name or service not known`.
    package let reason: String
  }

  /// The addresses of `name` in the order of preference: those that other hosts reach before loopback, then IPv4
  /// before IPv6, then the resolver's order. An IP address stands for itself.
  ///
  /// It may wait for a name server, by the resolver's own limits (`/etc/resolv.conf`; usually up to 10 s).
  package static func addresses(of name: String) throws(ResolutionError) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &list)
    guard code == 0 else {
      let text: UnsafePointer<CChar>? =
        code == EAI_SYSTEM ? UnsafePointer(strerror(errno)) : gai_strerror(code)
      throw ResolutionError(reason: text.map { String(cString: $0) } ?? "error \(code)")
    }
    defer { freeaddrinfo(list) }
    var addresses: [IPAddress] = []
    for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
      guard let entry, let address = numeric(entry.pointee.ai_addr, size: entry.pointee.ai_addrlen),
        !addresses.contains(address)
      else { continue }
      addresses.append(address)
    }
    guard !addresses.isEmpty else {
      throw ResolutionError(reason: "it has neither an IPv4 nor an IPv6 address")
    }
    return ordered(addresses)
  }

  /// Addresses that other hosts reach before loopback ones, then IPv4 before IPv6, then as given: a name with both kinds
  /// means the same address to the side that listens and to the one that connects.
  static func ordered(_ addresses: [IPAddress]) -> [IPAddress] {
    let preferences = [(false, false), (false, true), (true, false), (true, true)]
    return preferences.flatMap { isLoopback, isIPv6 in
      addresses.filter { ($0.isLoopback, $0.isIPv6) == (isLoopback, isIPv6) }
    }
  }

  /// The IP address of `address`; nil if it is of another family.
  package static func numeric(_ address: UnsafePointer<sockaddr>, size: socklen_t) -> IPAddress? {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
      return nil
    }
    return IPAddress(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
}
