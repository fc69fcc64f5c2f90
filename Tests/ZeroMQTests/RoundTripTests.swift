import Foundation
import Testing
import ZeroMQ

@Suite struct RoundTripTests {
  static let addresses = [
    "tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "ipc://\(temporaryPath("zmq"))", "inproc://round-trip",
  ]

  @Test(arguments: addresses)
  func multipartMessageArrivesUnchanged(address: String) throws {
    let context = try Context()
    let server = try context.socket(.router)
    let client = try context.socket(.dealer, .named("client"))
    let bound = try server.bind(to: address, security: .loopback)
    try client.connect(to: bound, security: .loopback)

    let large = Frame([UInt8](repeating: 7, count: 5_000_000) + Array(0...255))
    let request: Message = ["header", Frame(), large, Frame([0, 255])]
    #expect(try client.send(request, timeout: patience))
    let received = try server.receive(timeout: patience)
    #expect(received == Message(["client"] + request.frames))

    #expect(try server.send(["client", Frame(), "reply"], timeout: patience))
    #expect(try client.receive(timeout: patience) == [Frame(), "reply"])
  }

  @Test func bindReturnsThePortThatTheSystemChose() throws {
    let socket = try Context().socket(.pull)
    let bound = try Endpoint(socket.bind(to: "tcp://127.0.0.1:0", security: .loopback))
    let port = try #require(bound.address.split(separator: ":").last.flatMap { UInt16($0) })
    #expect(bound.host == "127.0.0.1")
    #expect(port != 0)
  }

  @Test func messagesOfOneSenderKeepTheirOrder() throws {
    let context = try Context()
    let sink = try context.socket(.pull)
    let source = try context.socket(.push)
    try source.connect(to: sink.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
    for number in 0..<500 { #expect(try source.send([Frame("\(number)")], timeout: patience)) }
    for number in 0..<500 {
      #expect(try sink.receive(timeout: patience) == [Frame("\(number)")])
    }
  }

  @Test func requestIsAnsweredAndASecondRequestBeforeItIsRefused() throws {
    let context = try Context()
    let server = try context.socket(.reply)
    let client = try context.socket(.request)
    try server.bind(to: "inproc://request", security: .loopback)
    try client.connect(to: "inproc://request", security: .loopback)
    try client.send(["question"])
    let refusal = #expect(throws: ZeroMQError.self) { try client.sendNow(["impatience"]) }
    #expect(refusal?.isWrongState == true)
    #expect(try server.receive(timeout: patience) == ["question"])
    try server.send(["answer"])
    #expect(try client.receive(timeout: patience) == ["answer"])
  }

  @Test func subscriberReceivesItsPrefixAlone() throws {
    let context = try Context()
    let publisher = try context.socket(.publish)
    let subscriber = try context.socket(.subscribe)
    let bound = try publisher.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    try subscriber.subscribe(to: Array("loss".utf8))
    try subscriber.connect(to: bound, security: .loopback)

    var received: Message?
    let arrived = try eventually {
      _ = try publisher.sendNow(["time", "1"])
      _ = try publisher.sendNow(["loss", "2"])
      received = try subscriber.receiveNow()
      return received != nil
    }
    #expect(arrived)
    #expect(received == ["loss", "2"])
  }
}
