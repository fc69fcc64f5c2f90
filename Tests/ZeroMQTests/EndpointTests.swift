import Testing

@testable import ZeroMQ

@Suite struct EndpointTests {
  @Test(arguments: [
    "tcp://127.0.0.1:5555", "tcp://127.255.3.4:*", "tcp://[::1]:5555", "tcp://::1:5555",
    "tcp://localhost:5555",
    "ipc:///run/potline.sock", "ipc://*", "inproc://results",
  ])
  func addressWithinThisHostIsLoopback(address: String) throws {
    #expect(try Endpoint(address).isLoopback)
  }

  @Test(arguments: [
    "tcp://0.0.0.0:5555", "tcp://*:5555", "tcp://192.0.2.1:5555", "tcp://[::]:5555",
    "tcp://[2001:db8::1]:5555",
    "tcp://[::ffff:127.0.0.1]:5555", "tcp://eth0:5555", "tcp://example.org:5555",
    "tcp://127.0.0.1.example.org:5555",
    "tcp://localhost.example.org:5555", "tcp://128.0.0.1:5555", "tcp://1:5555", "tcp://127.0.0.1",
    "tcp://192.0.2.1:0;127.0.0.1:5555", "tcp://127.0.0.1:0;192.0.2.1:5555", "udp://127.0.0.1:5555",
    "pgm://127.0.0.1:5555", "TCP://127.0.0.1:5555",
  ])
  func loopbackSecurityRefusesAddressesThatOthersReach(address: String) throws {
    let endpoint = try Endpoint(address)
    let socket = try Context().socket(.pull)
    #expect(throws: EndpointError.notLoopback(endpoint)) { try socket.bind(to: address, security: .loopback) }
    #expect(throws: EndpointError.notLoopback(endpoint)) {
      try socket.connect(to: address, security: .loopback)
    }
  }

  @Test(arguments: ["", "127.0.0.1:5555", "://x", "tcp://", "tcp:/127.0.0.1:1", "ipc:///a\0b"])
  func textThatIsNoAddressIsRefused(address: String) throws {
    let socket = try Context().socket(.pull)
    #expect(throws: EndpointError.malformed(address)) { try socket.bind(to: address, security: .insecure) }
  }

  @Test func insecureIsNotHeldToLoopback() throws {
    // A transport that libzmq doesn't know, so that nothing is opened: libzmq refuses it, not the security.
    let socket = try Context().socket(.pull)
    let error = #expect(throws: ZeroMQError.self) { try socket.bind(to: "pigeon://x", security: .insecure) }
    #expect(error?.code == 93)
  }

  @Test func refusalSaysWhatToWriteInstead() throws {
    #expect(
      EndpointError.notLoopback(try Endpoint("tcp://*:5555")).description
        == """
        tcp://*:5555 is not a loopback address: without encryption use tcp://127.0.0.1:PORT, tcp://[::1]:PORT or \
        ipc://PATH
        """)
    #expect(
      EndpointError.malformed("5555").description
        == "“5555” is not an address: write transport://address, such as tcp://127.0.0.1:5555")
  }

  @Test(arguments: [
    ("tcp://[::1]:0", "tcp://[::1]:"), ("tcp://::1:0", "tcp://[::1]:"),
    ("tcp://localhost:0", "tcp://127.0.0.1:"),
    ("tcp://localhost:*", "tcp://127.0.0.1:"), ("tcp://127.0.0.1:0", "tcp://127.0.0.1:"),
    ("tcp://lo:0", "tcp://127.0.0.1:"),
  ])
  func everyFormOfAddressIsBoundAndConnected(address: String, bound prefix: String) throws {
    let context = try Context()
    let server = try context.socket(.pull)
    let bound = try server.bind(to: address, security: .insecure)
    #expect(bound.hasPrefix(prefix))
    // Bound in numbers, connected in numbers and, where there is one, under the name.
    let port = try #require(try Endpoint(bound).port)
    for peer in Set([bound, address.hasPrefix("tcp://localhost") ? "tcp://localhost:\(port)" : bound]) {
      let client = try context.socket(.push)
      try client.connect(to: peer, security: .loopback)
      try client.send([Frame(peer)], timeout: patience)
      #expect(try server.receive(timeout: patience)?.frames.first?.text == peer)
      try client.disconnect(peer)
    }
    try server.unbind(bound)
  }

  @Test func wildcardOfIPv6TakesBothKinds() throws {
    let context = try Context()
    let server = try context.socket(.pull)
    let bound = try server.bind(to: "tcp://[::]:0", security: .insecure)
    let port = try #require(try Endpoint(bound).port)
    // One socket may connect to both kinds, in either order.
    let client = try context.socket(.push)
    for host in ["[::1]", "127.0.0.1", "localhost"] {
      let peer = "tcp://\(host):\(port)"
      try client.connect(to: peer, security: .loopback)
      try client.send([Frame(peer)], timeout: patience)
      #expect(try server.receive(timeout: patience)?.frames.first?.text == peer)
      try client.disconnect(peer)
    }
  }

  @Test func nameThatDoesNotResolveIsSaid() throws {
    // RFC 6761: never a name.
    let address = "tcp://nowhere.invalid:5555"
    let socket = try Context().socket(.pull)
    let endpoint = try Endpoint(address)
    let forms: [(Bool, () throws -> Void)] = [
      (true, { try socket.bind(to: address, security: .insecure) }),
      (false, { try socket.connect(to: address, security: .insecure) }),
    ]
    for (isListening, attempt) in forms {
      let error = #expect(throws: EndpointError.self) { try attempt() }
      guard case .unresolved(endpoint, let reason, isListening) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!reason.isEmpty)
      #expect(error?.category == .unavailable)
      #expect(error?.description.contains("nowhere.invalid") == true)
    }
  }

  @Test(arguments: ["tcp://[::1]", "tcp://::x:5", "tcp://[::1:5", "tcp://:5"])
  func brokenIPv6IsMalformed(address: String) throws {
    let socket = try Context().socket(.pull)
    #expect(throws: EndpointError.malformed(address)) { try socket.bind(to: address, security: .insecure) }
    #expect(throws: EndpointError.malformed(address)) { try socket.connect(to: address, security: .insecure) }
  }

  @Test func portInUseIsAnErrorOfTheAddress() throws {
    let context = try Context()
    let first = try context.socket(.pull)
    let bound = try first.bind(to: "tcp://[::1]:0", security: .loopback)
    let error = #expect(throws: ZeroMQError.self) {
      try context.socket(.pull).bind(to: bound, security: .loopback)
    }
    #expect(error?.isAddressInUse == true)
  }

  @Test func addressesThatOthersReachComeFirstAndIPv4BeforeIPv6() throws {
    let given = try ["::1", "2001:db8::1", "127.0.1.1", "192.0.2.2", "192.0.2.1"].map {
      try #require(IPAddress($0))
    }
    #expect(
      HostName.ordered(given).map(\.description) == [
        "192.0.2.2", "192.0.2.1", "2001:db8::1", "127.0.1.1", "::1",
      ])
  }

  @Test(arguments: [
    ("127.9.9.9", true), ("::1", true), ("128.0.0.1", false), ("::2", false), ("::ffff:127.0.0.1", false),
  ])
  func loopbackAddressesAreKnown(text: String, isLoopback: Bool) throws {
    #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
  }

  @Test(arguments: ["localhost", "", "1.2.3", "[::1]", "fe80::1%", "::1 "])
  func otherTextIsNoIPAddress(text: String) { #expect(IPAddress(text) == nil) }

  @Test func addressesOfANameAreFound() throws {
    #expect(try HostName.addresses(of: "localhost").first?.isLoopback == true)
    #expect(try HostName.addresses(of: "::1").map(\.description) == ["::1"])
    #expect(try HostName.addresses(of: "192.0.2.7").map(\.bracketed) == ["192.0.2.7"])
    #expect(throws: HostName.ResolutionError.self) { try HostName.addresses(of: "nowhere.invalid") }
  }
}
