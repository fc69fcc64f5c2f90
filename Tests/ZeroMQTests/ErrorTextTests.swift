import Testing

@testable import ZeroMQ

@Suite struct ErrorTextTests {
  @Test func addressInUseNamesTheAddress() throws {
    let context = try Context()
    let first = try context.socket(.pull)
    try first.bind(to: "inproc://taken", security: .loopback)
    let error = #expect(throws: ZeroMQError.self) {
      try context.socket(.pull).bind(to: "inproc://taken", security: .loopback)
    }
    #expect(error?.description == "cannot bind inproc://taken: Address already in use (error 98)")
  }

  @Test func addressOfAnotherHostNamesTheAddress() throws {
    let error = #expect(throws: ZeroMQError.self) {
      try Context().socket(.pull).bind(to: "tcp://192.0.2.1:1", security: .insecure)
    }
    #expect(error?.description == "cannot bind tcp://192.0.2.1:1: Cannot assign requested address (error 99)")
  }

  @Test func optionOutOfRangeNamesTheOptionAndItsValue() throws {
    var options = SocketOptions.small
    options.sendHighWaterMark = -5
    let error = #expect(throws: ZeroMQError.self) { try Context().socket(.pull, options) }
    #expect(
      error?.description
        == "cannot set the socket option “send high-water mark” to -5: Invalid argument (error 22)")
    let identity = #expect(throws: ZeroMQError.self) {
      try Context().socket(.dealer, .named(String(repeating: "x", count: 256)))
    }
    #expect(
      identity?.description == "cannot set a routing identity of 256 bytes: Invalid argument (error 22)")
    let size = #expect(throws: ZeroMQError.self) {
      try Context().socket(.dealer, SocketOptions(maximumMessageSize: -1))
    }
    #expect(size?.description == "cannot limit frames to -1 bytes: Invalid argument (error 22)")
  }

  @Test func contextOutOfRangeNamesTheNumber() {
    let error = #expect(throws: ZeroMQError.self) { try Context(ioThreads: -1) }
    #expect(error?.description == "cannot use -1 I/O threads: Invalid argument (error 22)")
  }

  @Test func libzmqsOwnCodesHaveTheirTexts() throws {
    let context = try Context()
    let socket = try context.socket(.pull)
    context.terminate()
    let error = #expect(throws: ZeroMQError.self) { try socket.receiveNow() }
    #expect(error?.description == "cannot receive: Context was terminated (error 156384765)")
  }

  @Test func durationsRoundUpAndStayInRange() {
    #expect(Duration.microseconds(1).wholeMilliseconds == 1)
    #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
    #expect(Duration.microseconds(1_500_001).wholeMilliseconds == 1501)
    #expect(Duration.seconds(-1).wholeMilliseconds == 0)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == Int32.max)
  }
}
