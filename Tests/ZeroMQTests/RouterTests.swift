import Testing
import ZeroMQ

@Suite struct RouterTests {
  @Test func unknownAddresseeIsUnreachable() throws {
    let router = try Context().socket(.router)
    try router.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    let now = #expect(throws: ZeroMQError.self) { try router.sendNow(["nobody", "hello"]) }
    #expect(now?.isHostUnreachable == true)
    let waiting = #expect(throws: ZeroMQError.self) {
      try router.send(["nobody", "hello"], timeout: patience)
    }
    #expect(waiting?.isHostUnreachable == true)
  }

  @Test func unknownAddresseeIsDroppedSilentlyIfSoChosen() throws {
    var options = SocketOptions.small
    options.routerMandatory = false
    let router = try Context().socket(.router, options)
    #expect(try router.sendNow(["nobody", "hello"]))
  }

  @Test func refusedMessageLeavesNothingBehind() throws {
    let context = try Context()
    let router = try context.socket(.router)
    let dealer = try context.socket(.dealer, .named("known"))
    try dealer.connect(to: router.bind(to: "tcp://127.0.0.1:*", security: .loopback), security: .loopback)
    try dealer.send(["register"])
    #expect(try router.receive(timeout: patience) == ["known", "register"])

    #expect(throws: ZeroMQError.self) { try router.sendNow(["nobody", "known", "lost"]) }
    #expect(try router.sendNow(["known", "kept"]))
    #expect(try dealer.receive(timeout: patience) == ["kept"])
  }

  @Test func secondDealerOfTheSameIdentityIsIgnored() throws {
    let context = try Context()
    let router = try context.socket(.router)
    let bound = try router.bind(to: "tcp://127.0.0.1:*", security: .loopback)
    let first = try context.socket(.dealer, .named("same"))
    try first.connect(to: bound, security: .loopback)
    try first.send(["first"])
    #expect(try router.receive(timeout: patience) == ["same", "first"])

    let second = try context.socket(.dealer, .named("same"))
    try second.connect(to: bound, security: .loopback)
    try second.send(["second"])
    let third = try context.socket(.dealer, .named("another"))
    try third.connect(to: bound, security: .loopback)
    try third.send(["third"])
    #expect(try router.receive(timeout: patience) == ["another", "third"])

    try router.send(["same", "for the first"])
    #expect(try first.receive(timeout: patience) == ["for the first"])
    #expect(try second.receiveNow() == nil)
    #expect(try router.receiveNow() == nil)
  }

  @Test func messagesThatNobodyCouldReceiveAreRefused() throws {
    let router = try Context().socket(.router)
    #expect(throws: ZeroMQError(operation: "send a message without frames", code: 22)) {
      try router.sendNow([])
    }
    #expect(
      throws: ZeroMQError(operation: "send a message with nothing after the routing identity", code: 22)
    ) {
      try router.sendNow(["somebody"])
    }
  }
}
