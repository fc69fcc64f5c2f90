import Glibc
import ZeroMQ

/// The address to publish for a socket's bound address.
package enum PublishedAddress {
  /// `bound` with `host` in place of its host. Without a `host`, a wildcard (which nobody can connect to) becomes the
  /// address of this host's first interface that isn't loopback, or stays loopback if there is none.
  package static func of(bound: String, host: String?) -> String {
    guard let endpoint = try? Endpoint(bound), let port = port(of: endpoint), let boundHost = endpoint.host
    else {
      return bound
    }
    if let host { return "tcp://\(bracketed(host)):\(port)" }
    guard ["0.0.0.0", "::", "*"].contains(boundHost) else { return bound }
    return "tcp://\(bracketed(firstInterfaceAddress() ?? "127.0.0.1")):\(port)"
  }

  /// `listen` with the port of `earlier`, if `listen` leaves the port to the system.
  static func sameAgain(_ listen: String, earlier: String) -> String? {
    guard let endpoint = try? Endpoint(listen), let last = try? Endpoint(earlier), let host = endpoint.host,
      let wanted = port(of: endpoint), ["0", "*"].contains(wanted), let port = port(of: last)
    else { return nil }
    return "tcp://\(bracketed(host)):\(port)"
  }

  private static func port(of endpoint: Endpoint) -> Substring? {
    endpoint.host == nil ? nil : endpoint.address.split(separator: ":").last
  }

  private static func bracketed(_ host: String) -> String {
    host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
  }

  /// IPv4, of an interface that is up.
  private static func firstInterfaceAddress() -> String? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    for interface in sequence(first: list, next: { $0?.pointee.ifa_next }) {
      guard let interface = interface?.pointee, let address = interface.ifa_addr,
        Int32(address.pointee.sa_family) == AF_INET, interface.ifa_flags & UInt32(IFF_UP) != 0,
        interface.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { continue }
      var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let size = socklen_t(MemoryLayout<sockaddr_in>.size)
      guard getnameinfo(address, size, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else {
        continue
      }
      return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    return nil
  }
}
