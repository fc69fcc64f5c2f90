import Foundation
import Testing
import ZeroMQ

@testable import QueueProtocol

@Suite("Published addresses")
struct PublishedAddressTests {
  private static func interfaces(_ list: [(String, String)]) throws -> [NetworkInterface] {
    try list.map { NetworkInterface(name: $0.0, address: try #require(IPAddress($0.1))) }
  }

  @Test(
    "A name replaces the bound host; an address that isn't a wildcard is published as bound",
    arguments: [
      ("tcp://0.0.0.0:5555", "h", "tcp://h:5555"),
      ("tcp://0.0.0.0:5555", "2001:db8::1", "tcp://[2001:db8::1]:5555"),
      ("tcp://192.0.2.1:5555", nil, "tcp://192.0.2.1:5555"), ("tcp://[::1]:5555", nil, "tcp://[::1]:5555"),
      ("ipc:///run/potline.sock", "h", "ipc:///run/potline.sock"),
    ])
  func published(bound: String, host: String?, expected: String) throws {
    let published = try PublishedAddress(bound: bound, host: host.map { .name($0) } ?? .automatic)
    #expect(published.address == expected)
    #expect(published.choice == nil)
  }

  @Test("A wildcard becomes an address of this host that others reach")
  func wildcard() throws {
    for bound in ["tcp://0.0.0.0:5555", "tcp://[::]:5555"] {
      let endpoint = try Endpoint(PublishedAddress(bound: bound).address)
      #expect(endpoint.port == "5555")
      #expect(!endpoint.isWildcard)
    }
  }

  @Test("Network cards come first, then bridges, containers and tunnels; link-local addresses last")
  func order() throws {
    let all = try Self.interfaces([
      ("lo", "127.0.0.1"), ("lo", "::1"), ("enp3s0", "fe80::2%enp3s0"), ("tun0", "10.8.0.2"),
      ("wg0", "10.9.0.2"),
      ("veth12", "169.254.7.7"), ("docker0", "172.17.0.1"), ("br-0a1b", "172.18.0.1"),
      ("virbr0", "192.168.122.1"),
      ("vlan7", "10.7.0.1"), ("eth0", "2001:db8::2"), ("eth0", "10.0.0.7"), ("ib0", "10.1.0.7"),
      ("cni0", "10.244.0.1"),
      ("veth13", "10.3.0.1"),
    ])
    #expect(
      NetworkInterface.ordered(all).map(\.address.description) == [
        "10.0.0.7", "10.1.0.7", "2001:db8::2", "10.7.0.1", "172.17.0.1", "172.18.0.1", "192.168.122.1",
        "10.244.0.1",
        "10.3.0.1", "10.8.0.2", "10.9.0.2", "fe80::2%enp3s0", "169.254.7.7",
      ])
    #expect(NetworkInterface.ordered(all.reversed()).first?.address.description == "10.1.0.7")
  }

  @Test("A device of the machine is physical whatever its name")
  func device() throws {
    let address = try #require(IPAddress("10.0.0.1"))
    #expect(NetworkInterface(name: "tunnelbear", address: address, hasDevice: true).kind == .physical)
    #expect(NetworkInterface(name: "tunnelbear", address: address).kind == .tunnel)
  }

  @Test(
    "The choice names the interface and what was passed over, and IPv6 needs a socket that listens on [::]")
  func choice() throws {
    let all = try Self.interfaces([("docker0", "172.17.0.1"), ("eth0", "2001:db8::2"), ("tun0", "10.8.0.2")])
    let four = try PublishedAddress(bound: "tcp://0.0.0.0:5", interfaces: all)
    #expect(four.address == "tcp://172.17.0.1:5")
    #expect(four.choice?.chosen?.name == "docker0")
    #expect(four.choice?.others.map(\.name) == ["tun0"])
    let six = try PublishedAddress(bound: "tcp://[::]:5", interfaces: all)
    #expect(six.address == "tcp://[2001:db8::2]:5")
    #expect(six.choice?.others.map(\.name) == ["docker0", "tun0"])
    #expect(four.explanation != nil && six.explanation != nil)
    let none = try PublishedAddress(bound: "tcp://0.0.0.0:5", interfaces: [])
    #expect(none.address == "tcp://127.0.0.1:5")
    #expect(none.choice == PublishedAddress.Choice(chosen: nil, others: []))
  }

  @Test("An interface can be chosen by name; one without a usable address is refused")
  func interface() throws {
    let all = try Self.interfaces([
      ("lo", "127.0.0.1"), ("eth0", "10.0.0.7"), ("tun0", "10.8.0.2"), ("wg0", "fd00::7"),
    ])
    func published(_ bound: String, _ name: String) throws -> String {
      try PublishedAddress(bound: bound, host: .interface(name), interfaces: all).address
    }
    #expect(try published("tcp://0.0.0.0:5", "tun0") == "tcp://10.8.0.2:5")
    #expect(try published("tcp://[::]:5", "wg0") == "tcp://[fd00::7]:5")
    #expect(try published("tcp://0.0.0.0:5", "lo") == "tcp://127.0.0.1:5")
    #expect(try published("tcp://10.0.0.7:5", "eth0") == "tcp://10.0.0.7:5")
    for (bound, name) in [
      ("tcp://0.0.0.0:5", "wg0"), ("tcp://10.0.0.7:5", "tun0"), ("tcp://0.0.0.0:5", "eth9"),
    ] {
      #expect(throws: PublishedAddressError(interface: name, bound: bound, available: all)) {
        try published(bound, name)
      }
    }
  }

  @Test("The port of an earlier start is used again only if it was free to choose")
  func sameAgain() {
    #expect(PublishedAddress.sameAgain("tcp://0.0.0.0:*", earlier: "tcp://h:77") == "tcp://0.0.0.0:77")
    #expect(PublishedAddress.sameAgain("tcp://[::]:0", earlier: "tcp://[::1]:77") == "tcp://[::]:77")
    #expect(PublishedAddress.sameAgain("tcp://0.0.0.0:5555", earlier: "tcp://h:77") == nil)
    #expect(PublishedAddress.sameAgain("tcp://0.0.0.0:*", earlier: "ipc:///x") == nil)
  }

  @Test(
    "The connection file of a coordinator on IPv6 or a host name leads to it",
    arguments: ["tcp://[::1]:0", "tcp://[::]:0", "tcp://localhost:0", "tcp://0.0.0.0:0"])
  func connectionFileLeadsToTheCoordinator(listen: String) throws {
    let folder = try TemporaryFolder()
    let log = RecordedLog()
    var configuration = CoordinatorSecurity.Configuration(stateFolder: folder.path)
    configuration.listen = listen
    for _ in 0..<2 {
      // The second start listens on the port of the first.
      let security = try CoordinatorSecurity(configuration, log: log.logger)
      let options = SocketOptions(maximumMessageSize: 1 << 20)
      let server = try Socket(.router, context: security.context, options: options)
      let address = try security.bind(server)
      let file = try ConnectionFile(path: folder.file("connection.json"))
      #expect(file.address == address)
      let client = try Socket(.dealer, context: Context(), options: options)
      try client.connect(to: file.address, security: file.security(as: .client))
      try client.send(["hello"], timeout: .seconds(10))
      #expect(try server.receive(timeout: .seconds(20))?.frames.last?.text == "hello")
      server.close()
    }
    #expect(!log.lines.contains { $0.contains("is in use") })
  }
}
