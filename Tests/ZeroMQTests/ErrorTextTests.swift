import Glibc
import Testing

@testable import ZeroMQ

@Suite struct ErrorTextTests {
  /// The error has this code and its text, and names these.
  private func expect(_ error: ZeroMQError?, _ code: Int32, _ names: String...) throws {
    let error = try #require(error)
    #expect(error.code == code)
    for name in names + [error.text, "\(code)"] { #expect(error.description.contains(name), "\(error)") }
  }

  @Test func addressInUseNamesTheAddress() throws {
    let context = try Context()
    let first = try context.socket(.pull)
    try first.bind(to: "inproc://taken", security: .loopback)
    let error = #expect(throws: ZeroMQError.self) {
      try context.socket(.pull).bind(to: "inproc://taken", security: .loopback)
    }
    try expect(error, EADDRINUSE, "inproc://taken")
  }

  @Test func addressOfAnotherHostNamesTheAddress() throws {
    let error = #expect(throws: ZeroMQError.self) {
      try Context().socket(.pull).bind(to: "tcp://192.0.2.1:1", security: .insecure)
    }
    try expect(error, EADDRNOTAVAIL, "tcp://192.0.2.1:1")
  }

  @Test func optionOutOfRangeNamesTheOptionAndItsValue() throws {
    var options = SocketOptions.small
    options.sendHighWaterMark = -5
    let error = #expect(throws: ZeroMQError.self) { try Context().socket(.pull, options) }
    try expect(error, EINVAL, "“send high-water mark”", "-5")
    let identity = #expect(throws: ZeroMQError.self) {
      try Context().socket(.dealer, .named(String(repeating: "x", count: 256)))
    }
    try expect(identity, EINVAL, "256")
    let size = #expect(throws: ZeroMQError.self) {
      try Context().socket(.dealer, SocketOptions(maximumMessageSize: -1))
    }
    try expect(size, EINVAL, "-1")
  }

  @Test func contextOutOfRangeNamesTheNumber() throws {
    let error = #expect(throws: ZeroMQError.self) { try Context(ioThreads: -1) }
    try expect(error, EINVAL, "-1")
  }

  @Test func libzmqsOwnCodesHaveTheirTexts() throws {
    let context = try Context()
    let socket = try context.socket(.pull)
    context.terminate()
    let error = #expect(throws: ZeroMQError.self) { try socket.receiveNow() }
    try expect(error, 156_384_765)
  }

  @Test func durationsRoundUpAndStayInRange() {
    #expect(Duration.microseconds(1).wholeMilliseconds == 1)
    #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
    #expect(Duration.microseconds(1_500_001).wholeMilliseconds == 1501)
    #expect(Duration.seconds(-1).wholeMilliseconds == 0)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == Int32.max)
  }
}
