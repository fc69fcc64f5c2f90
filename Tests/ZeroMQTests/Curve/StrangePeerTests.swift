import Foundation
import Testing

@testable import ZeroMQ

/// Peers that libzmq refuses before it asks the authenticator.
@Suite(.timeLimit(.minutes(5))) struct StrangePeerTests {
  /// A ZMTP 3.1 greeting (ZeroMQ RFC 23) of this mechanism.
  static func greeting(_ mechanism: String) -> [UInt8] {
    let name = Array(mechanism.utf8) + Array(repeating: 0, count: 20 - mechanism.utf8.count)
    return [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + name + Array(repeating: 0, count: 32)
  }

  @Test(arguments: [
    ("HTTP", Array("GET / HTTP/1.1\r\nHost: potline\r\n\r\n".utf8), Denial.Reason.otherProtocol),
    ("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + Array(repeating: 7, count: 200), .otherProtocol),
    ("0xFF", Array(repeating: 0xFF, count: 200), .wrongMechanism),
    ("NULL", greeting("NULL"), .wrongMechanism),
    ("PLAIN", greeting("PLAIN"), .wrongMechanism),
    ("a command that isn't one", greeting("CURVE") + [4, 5, 1, 2, 3, 4, 5], .badHandshake),
    ("a HELLO too short", greeting("CURVE") + [4, 6, 5] + Array("HELLO".utf8), .badHandshake),
    (
      "a frame of 2^62 bytes",
      greeting("CURVE") + [6, 0x40, 0, 0, 0, 0, 0, 0, 0] + Array(repeating: 1, count: 500),
      .otherProtocol
    ),
    ("silence", [], .incompleteHandshake),
    ("half a greeting", Array(greeting("CURVE").prefix(30)), .incompleteHandshake),
    ("a greeting alone", greeting("CURVE"), .incompleteHandshake),
  ])
  func plainTCPGetsAGreetingAtMost(name: String, bytes: [UInt8], reason: Denial.Reason) throws {
    let good = try CurveKeyPair.generate()
    let server = try CurveServer(
      admitting: [good.publicKey: "worker:good"], handshakeInterval: .milliseconds(700))
    let client = try server.client(good)
    #expect(try server.serves(client, as: "worker:good"))
    let raw = try RawConnection(server.address)
    if !bytes.isEmpty { raw.send(bytes) }
    #expect(try server.serves(client, as: "worker:good"))
    let answer = try #require(raw.readToEnd(), "the connection was left open")
    #expect(answer.count <= 64, "nothing but libzmq's greeting: \(answer)")
    #expect(server.hasDenied(reason), "\(server.denials)")
    #expect(server.denials.count == 1)
    #expect(try server.serves(client, as: "worker:good"))
    #expect(try server.socket.receiveNow() == nil)
  }

  /// One frame as large as admitted peers may send, from somebody who has proved nothing yet.
  @Test func floodBeforeTheHandshakeIsCutShort() throws {
    let size = 512 << 20
    let good = try CurveKeyPair.generate()
    let server = try CurveServer(
      admitting: [good.publicKey: "worker:good"], handshakeInterval: .seconds(60), maximumMessageSize: size)
    let client = try server.client(good)
    let raw = try RawConnection(server.address)
    var length = size.bigEndian
    raw.send(Self.greeting("CURVE") + [6] + withUnsafeBytes(of: &length) { Array($0) })
    // Slowly enough that it would take half a minute.
    var sent = 0
    while sent < size, !server.denials.contains(where: { $0.reason == .flood }) {
      let more = raw.pour(1 << 20)
      if more == 0 { break }
      sent += more
      usleep(50_000)
    }
    #expect(server.hasDenied(.flood), "\(server.denials)")
    #expect(sent < size / 4, "\(sent) bytes were taken")
    #expect(raw.readToEnd() != nil, "the connection was left open")
    #expect(try server.serves(client, as: "worker:good"))
    #expect(server.denials.count == 1)
  }

  /// Admitted peers may send what they like as soon as they are.
  @Test func largeMessagesRightAfterTheHandshakeArrive() throws {
    let good = try CurveKeyPair.generate()
    let size = 64 << 20
    // Encryption makes a frame some bytes larger.
    let server = try CurveServer(admitting: [good.publicKey: "worker:good"], maximumMessageSize: size + 1024)
    for _ in 0..<6 {
      let client = try server.client(good)
      try client.send(Message([Frame([UInt8](repeating: 1, count: size))]), timeout: patience)
      let message = try #require(
        try server.socket.receive(limits: MessageLimits(bytes: 2 * size), timeout: patience))
      #expect(message.frames.last?.count == size)
    }
    #expect(server.denials.isEmpty, "\(server.denials)")
  }

  @Test func connectionThatEndsAtOnceIsReported() throws {
    let server = try CurveServer()
    _ = try RawConnection(server.address)
    #expect(server.hasDenied(.incompleteHandshake))
  }

  @Test func peerWithoutKeysGetsNothing() throws {
    let server = try CurveServer()
    let client = try Context().socket(.dealer, .once)
    try client.connect(to: server.address, security: .loopback)
    try client.send(["hello"])
    #expect(eventually { !server.denials.isEmpty })
    // Whichever side sees first that they don't agree ends the connection.
    #expect([.wrongMechanism, .incompleteHandshake].contains(server.denials.first?.reason))
    #expect(try server.socket.receiveNow() == nil)
    #expect(try client.receiveNow() == nil)
  }

  @Test func peerThatExpectsAnotherServerIsReported() throws {
    let good = try CurveKeyPair.generate()
    let server = try CurveServer(admitting: [good.publicKey: "worker:good"])
    let client = try server.client(good, server: CurveKeyPair.generate().publicKey)
    try client.send(["hello"])
    #expect(server.hasDenied(.badHandshake))
    #expect(try server.socket.receiveNow() == nil)
    #expect(try client.receiveNow() == nil)
  }

  @Test func hundredsOfStrangersDoNotStopTheOthers() throws {
    let good = try CurveKeyPair.generate()
    let server = try CurveServer(admitting: [good.publicKey: "worker:good"])
    let client = try server.client(good)
    var strangers: [RawConnection] = []
    for number in 0..<300 {
      let raw = try RawConnection(server.address)
      raw.send(Array("GET /\(number) HTTP/1.1\r\n\r\n".utf8))
      strangers.append(raw)
      if number.isMultiple(of: 50) { #expect(try server.serves(client, as: "worker:good")) }
    }
    for stranger in strangers { #expect(stranger.readToEnd() != nil) }
    #expect(try server.serves(client, as: "worker:good"))
    #expect(try server.serves(server.client(good), as: "worker:good"))
  }

  @Test func endOfAnAdmittedConnectionIsNoDenial() throws {
    let good = try CurveKeyPair.generate()
    let server = try CurveServer(admitting: [good.publicKey: "worker:good"])
    for _ in 0..<5 {
      let client = try server.client(good)
      #expect(try server.serves(client, as: "worker:good"))
      client.close()
    }
    _ = try RawConnection(server.address)
    #expect(server.hasDenied(.incompleteHandshake))
    #expect(server.denials.count == 1)
  }
}
