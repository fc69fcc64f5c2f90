import CZeroMQ
import Testing

@testable import ZeroMQ

/// The authenticator as libzmq sees it (ZeroMQ RFC 27).
@Suite(.timeLimit(.minutes(5))) struct ZapTests {
  let good: CurveKeyPair
  let server: CurveServer
  let libzmq: Socket

  init() throws {
    good = try .generate()
    server = try CurveServer(admitting: [good.publicKey: "client:good"])
    libzmq = try server.context.socket(.dealer)
    try libzmq.connect(to: "inproc://zeromq.zap.01", security: .loopback)
  }

  private func request(version: Frame = "1.0", mechanism: Frame = "CURVE", credentials: [Frame]) -> Message {
    Message([Frame(), version, "id 7", "potline", "192.0.2.7", Frame(), mechanism] + credentials)
  }

  private func answer(to message: Message) throws -> Message? {
    try libzmq.send(message)
    return try libzmq.receive(timeout: patience)
  }

  @Test func knownKeyIsAnsweredWithItsUser() throws {
    let message = request(credentials: [Frame(good.publicKey.bytes)])
    #expect(try answer(to: message) == [Frame(), "1.0", "id 7", "200", "OK", "client:good", Frame()])
  }

  @Test(arguments: ["NULL", "PLAIN", "GSSAPI", "", "curve"])
  func otherMechanismIsRefused(mechanism: String) throws {
    let message = request(mechanism: Frame(mechanism), credentials: [])
    #expect(try answer(to: message) == [Frame(), "1.0", "id 7", "400", "not admitted", Frame(), Frame()])
    #expect(server.denials == [Denial(reason: .wrongMechanism, peer: "192.0.2.7")])
  }

  @Test func malformedRequestsAreRefusedAndTheNextIsAnswered() throws {
    let key = Frame(good.publicKey.bytes)
    let malformed: [Message] = [
      request(version: "2.0", credentials: [key]), request(credentials: []),
      request(credentials: [key, key]),
      request(credentials: [Frame([1, 2, 3])]), [Frame(), "1.0", "id 7"],
      request(mechanism: Frame([0xFF, 0xFE]), version: "0", credentials: [key]),
    ]
    for message in malformed {
      #expect(
        try answer(to: message) == [Frame(), "1.0", "id 7", "500", "malformed request", Frame(), Frame()])
    }
    // Those that cannot be answered.
    let hopeless: [Message] = [
      [Frame()], ["x"], [Frame(), "1.0"], Message(Array(repeating: "x", count: 40)),
    ]
    for message in hopeless { try libzmq.send(message) }
    try knownKeyIsAnsweredWithItsUser()
    #expect(server.denials.allSatisfy { $0.reason == .malformedRequest })
    #expect(server.denials.count == malformed.count + 3)
  }

  private func request(mechanism: Frame, version: Frame, credentials: [Frame]) -> Message {
    request(version: version, mechanism: mechanism, credentials: credentials)
  }
}

/// Which connections are taken to have failed.
@Suite struct HandshakeEventsTests {
  private var events = HandshakeEvents { "192.0.2.\($0)" }

  @Test mutating func failureBelongsToTheConnectionThatEndsAfterIt() {
    #expect(events.take(ZMQ_EVENT_ACCEPTED, value: 1) == nil)
    #expect(events.take(ZMQ_EVENT_ACCEPTED, value: 2) == nil)
    #expect(events.take(ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, value: 110) == nil)
    #expect(
      events.take(ZMQ_EVENT_DISCONNECTED, value: 2)
        == Denial(reason: .incompleteHandshake, peer: "192.0.2.2"))
    #expect(events.take(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, value: 0) == nil)
    #expect(events.take(ZMQ_EVENT_DISCONNECTED, value: 1) == nil)
  }

  @Test mutating func endWithoutASuccessIsAnotherProtocol() {
    _ = events.take(ZMQ_EVENT_ACCEPTED, value: 1)
    _ = events.take(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, value: 0)
    _ = events.take(ZMQ_EVENT_ACCEPTED, value: 2)
    #expect(events.take(ZMQ_EVENT_DISCONNECTED, value: 1) == nil)
    #expect(
      events.take(ZMQ_EVENT_DISCONNECTED, value: 2) == Denial(reason: .otherProtocol, peer: "192.0.2.2"))
  }

  @Test mutating func whatTheAuthenticatorRefusedIsNotReportedTwice() {
    _ = events.take(ZMQ_EVENT_ACCEPTED, value: 1)
    #expect(events.take(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, value: 400) == nil)
    #expect(events.take(ZMQ_EVENT_DISCONNECTED, value: 1) == nil)
  }
}
