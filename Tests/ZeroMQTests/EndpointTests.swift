import Testing
import ZeroMQ

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
}
