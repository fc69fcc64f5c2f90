import Glibc
import ZeroMQ

/// One IP address of a network interface of this host.
package struct NetworkInterface: Hashable, Sendable {
  /// Kinds of interface in the order in which their addresses are published.
  package enum Kind: Int, Comparable, Sendable {
    /// A network card, also a bond of several, and one that a container sees under a card's name.
    case physical
    /// None of the other kinds, such as a VLAN.
    case other
    /// A bridge to virtual machines or containers of this host: docker0, br-…, virbr0, cni0, lxdbr0, podman0.
    case bridge
    /// An end of a pair that leads into a container of this host: veth….
    case container
    /// A tunnel: tun0, tap0, wg0, tailscale0, ppp0.
    case tunnel

    package static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }
  }

  /// The interface's name: `eth0`.
  package let name: String
  /// The address.
  package let address: IPAddress
  /// The kind.
  package let kind: Kind

  /// An address of the interface `name`. With a device of the machine behind it (`hasDevice`) it is physical whatever its
  /// name.
  package init(name: String, address: IPAddress, hasDevice: Bool = false) {
    (self.name, self.address) = (name, address)
    kind = hasDevice ? .physical : Self.kind(of: name)
  }

  /// Whether only hosts of the same link reach it: 169.254.0.0/16, fe80::/10.
  package var isLinkLocal: Bool {
    let text = address.description.lowercased()
    return address.isIPv6
      ? ["fe8", "fe9", "fea", "feb"].contains { text.hasPrefix($0) } : text.hasPrefix("169.254.")
  }

  /// `interfaces` without loopback addresses, the address to publish first: link-local ones last, then by kind, then
  /// IPv4 before IPv6, then as given.
  package static func ordered(_ interfaces: [NetworkInterface]) -> [NetworkInterface] {
    func key(_ place: (offset: Int, element: NetworkInterface)) -> (Int, Kind, Int, Int) {
      let interface = place.element
      return (interface.isLinkLocal ? 1 : 0, interface.kind, interface.address.isIPv6 ? 1 : 0, place.offset)
    }
    return interfaces.filter { !$0.address.isLoopback }.enumerated().sorted { key($0) < key($1) }.map(
      \.element)
  }

  /// The addresses of this host's interfaces that are up, in the system's order.
  package static func ofThisHost() -> [NetworkInterface] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var interfaces: [NetworkInterface] = []
    for entry in sequence(first: list, next: { $0?.pointee.ifa_next }) {
      guard let entry = entry?.pointee, let address = entry.ifa_addr, entry.ifa_flags & UInt32(IFF_UP) != 0
      else { continue }
      let size: Int
      switch Int32(address.pointee.sa_family) {
      case AF_INET: size = MemoryLayout<sockaddr_in>.size
      case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
      default: continue
      }
      guard let address = HostName.numeric(address, size: socklen_t(size)) else { continue }
      let name = String(cString: entry.ifa_name)
      let hasDevice = access("/sys/class/net/\(name)/device", F_OK) == 0
      interfaces.append(NetworkInterface(name: name, address: address, hasDevice: hasDevice))
    }
    return interfaces
  }

  private static func kind(of name: String) -> Kind {
    let prefixes: [(Kind, [String])] = [
      (
        .bridge,
        ["docker", "br-", "virbr", "cni", "lxcbr", "lxdbr", "podman", "flannel", "cali", "vmnet", "vboxnet"]
      ),
      (.container, ["veth", "lxc"]),
      (.tunnel, ["tun", "tap", "wg", "tailscale", "zt", "ppp", "ipsec", "gre", "sit", "vxlan"]),
      (.physical, ["eth", "en", "em", "wl", "ib", "bond", "team"]),
    ]
    return prefixes.first { $0.1.contains { name.hasPrefix($0) } }?.0 ?? .other
  }
}
