import ErrorCategories
import ZeroMQ

/// The address under which others reach a bound socket, and how it was chosen.
package struct PublishedAddress: Hashable, Sendable {
  /// The host that a coordinator names in its connection file. Without a choice it is the one that the socket is bound
  /// to; for a wildcard, which nobody can connect to, the address of an interface.
  package enum Host: Hashable, Sendable {
    /// The first address in the order of `NetworkInterface.ordered`.
    case automatic
    /// This name or address.
    case name(String)
    /// The address of the interface of this name.
    case interface(String)
  }

  /// The address to connect to: `tcp://192.0.2.1:5555`.
  package let address: String

  /// A choice among this host's interfaces.
  package struct Choice: Hashable, Sendable {
    /// The interface; nil if none is up.
    package let chosen: NetworkInterface?
    /// The addresses that were passed over, in order.
    package let others: [NetworkInterface]
  }

  /// The choice for a wildcard; nil if nothing was to be chosen.
  package let choice: Choice?

  /// Chooses the address to publish for a socket that is bound to `bound`.
  ///
  /// An IPv6 address is only chosen if the socket listens on `[::]`. Without any interface that is up, a wildcard
  /// becomes loopback.
  ///
  /// - Parameters:
  ///   - bound: The address in full, as `Socket.bind` returns it; one that isn't `tcp` is published as it is.
  ///   - host: The user's choice.
  ///   - interfaces: The addresses of this host.
  /// - Throws: `PublishedAddressError` if there is no such interface, or it has no suitable address.
  package init(
    bound: String, host: Host = .automatic,
    interfaces: @autoclosure () -> [NetworkInterface] = NetworkInterface.ofThisHost()
  ) throws(PublishedAddressError) {
    guard let endpoint = try? Endpoint(bound), let port = endpoint.port else {
      (address, choice) = (bound, nil)
      return
    }
    switch host {
    case .name(let name): (address, choice) = ("tcp://\(Self.bracketed(name)):\(port)", nil)
    case .interface(let name):
      let all = interfaces()
      let usable = all.filter { $0.name == name && Self.reaches($0, endpoint) }
      guard let chosen = NetworkInterface.ordered(usable).first ?? usable.first else {
        throw PublishedAddressError(interface: name, bound: bound, available: all)
      }
      (address, choice) = ("tcp://\(chosen.address.bracketed):\(port)", nil)
    case .automatic:
      guard endpoint.isWildcard else {
        (address, choice) = (bound, nil)
        return
      }
      let usable = NetworkInterface.ordered(interfaces().filter { Self.reaches($0, endpoint) })
      address = "tcp://\(usable.first?.address.bracketed ?? "127.0.0.1"):\(port)"
      choice = Choice(chosen: usable.first, others: Array(usable.dropFirst()))
    }
  }

  /// The choice for a log line; nil if nothing was to be chosen.
  package var explanation: String? {
    guard let choice else { return nil }
    guard let chosen = choice.chosen else {
      return "published as \(address), which only this host reaches, as no network interface is up; "
        + "--publish HOST sets another address"
    }
    var text = "published as \(address), the address of interface \(chosen.name)"
    if !choice.others.isEmpty {
      text += " (also up: \(choice.others.map { "\($0.name) \($0.address)" }.joined(separator: ", ")))"
    }
    return text + "; --interface NAME or --publish HOST chooses another"
  }

  /// Advice for whoever gets no answer at a published address.
  package static let unreachableHint =
    "if its host has several networks, the address may belong to the wrong one: start the coordinator with --interface NAME "
    + "or --publish HOST"

  /// `listen` with the port of `earlier`, if `listen` leaves the port to the system.
  static func sameAgain(_ listen: String, earlier: String) -> String? {
    guard let endpoint = try? Endpoint(listen), let last = try? Endpoint(earlier), let host = endpoint.host,
      let wanted = endpoint.port, ["0", "*"].contains(wanted), let port = last.port
    else { return nil }
    return "tcp://\(bracketed(host)):\(port)"
  }

  /// Whether a socket on this wildcard, or on the interface's own address, takes connections to the interface.
  private static func reaches(_ interface: NetworkInterface, _ endpoint: Endpoint) -> Bool {
    endpoint.isWildcard
      ? endpoint.host == "::" || !interface.address.isIPv6
      : endpoint.host == interface.address.description
  }

  private static func bracketed(_ host: String) -> String {
    host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
  }
}

/// An interface whose address can't be published.
package struct PublishedAddressError: CategorizedError, Hashable, Sendable {
  /// The name that was asked for.
  package let interface: String
  /// The address that the socket is bound to.
  package let bound: String
  /// This host's addresses.
  package let available: [NetworkInterface]

  package var category: ErrorCategory { .usage }

  package var description: String {
    let list = available.map { "\($0.name) \($0.address)" }.joined(separator: ", ")
    return available.contains { $0.name == interface }
      ? "--interface \(interface): nothing listens on its addresses, as --listen is \(bound): listen on 0.0.0.0, on [::] "
        + "for IPv6, or on one of its addresses (\(list))"
      : "--interface \(interface): no interface of this name is up; there are \(list.isEmpty ? "none" : list)"
  }
}
