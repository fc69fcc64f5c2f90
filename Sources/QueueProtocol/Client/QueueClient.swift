import Digests
import ZeroMQ

/// A client of a coordinator: asks, and asks again until it is answered. It belongs to one thread.
package final class QueueClient {
  /// How a client connects.
  package struct Configuration: Sendable {
    /// The coordinator's address.
    package var address: String
    /// How the connection is secured. Default: loopback alone.
    package var security = Security.loopback
    /// A question that has no answer for so long is an error. Default: 60 s.
    package var timeout: Duration = .seconds(60)
    /// A question is asked again after so long. Default: 3 s.
    package var repeatAfter: Duration = .seconds(3)

    /// A client of the coordinator at `address`.
    package init(address: String) { self.address = address }
  }

  private let configuration: Configuration
  private let context: Context
  private var socket: Socket
  private var refusals: RefusalWatch
  private var request = 0

  /// A client that begins to connect; nobody need be there yet.
  ///
  /// - Throws: `ZeroMQError` or `EndpointError` when the address cannot be used.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    context = try Context()
    (socket, refusals) = try Self.connect(configuration, context)
  }

  private static func connect(
    _ configuration: Configuration, _ context: Context
  ) throws -> (Socket, RefusalWatch) {
    var options = SocketOptions(maximumMessageSize: Wire.maximumFrameBytes)
    options.maximumReconnectInterval = .seconds(2)
    let socket = try Socket(.dealer, context: context, options: options)
    let refusals = try RefusalWatch(socket)
    try socket.connect(to: configuration.address, security: configuration.security)
    return (socket, refusals)
  }

  /// Asks and waits for the answer.
  ///
  /// - Throws: `QueueProblem` as the coordinator puts it; `QueueClientError`; `MessageError` for an answer that cannot be
  ///   understood, such as one of another version; `ZeroMQError`.
  package func ask(_ message: ClientMessage) throws -> ClientReply {
    request += 1
    let frames = try ClientCall(request: request, message).encoded().map { Frame($0) }
    let start = ContinuousClock.now
    var (deadline, isRefused) = (start + configuration.timeout, false)
    while ContinuousClock.now < deadline {
      try socket.send(Message(frames), timeout: configuration.repeatAfter)
      let askAgain = ContinuousClock.now + configuration.repeatAfter
      while ContinuousClock.now < min(askAgain, deadline) {
        if let reply = try receive() { return reply }
        if try refusals.hasRefusal() {
          (deadline, isRefused) = (min(deadline, start + RefusalWatch.patience), true)
          (socket, refusals) = try Self.connect(configuration, context)
          break
        }
      }
    }
    if isRefused { throw QueueClientError.keyRefused(address: configuration.address) }
    throw QueueClientError.noAnswer(address: configuration.address, after: configuration.timeout)
  }

  /// The answer to the last question; `nil` if none came for a moment, or one to an earlier question.
  private func receive() throws -> ClientReply? {
    let limits = MessageLimits(frames: 1 + Wire.maximumPage, bytes: Wire.maximumFrameBytes + (1 << 20))
    guard let message = try socket.receive(limits: limits, timeout: .milliseconds(200)) else { return nil }
    let answer = try ClientAnswer.decode(message.frames.map(\.bytes))
    // What has number 0 is about the connection.
    guard answer.request == request || answer.request == 0 else { return nil }
    if case .problem(let problem) = answer.reply { throw problem }
    return answer.reply
  }
}

/// A coordinator that does not answer as it should.
package enum QueueClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nobody answers.
  case noAnswer(address: String, after: Duration)
  /// The coordinator doesn't admit the client's key.
  case keyRefused(address: String)
  /// The answer is to another question.
  case unexpectedAnswer
  /// The blob's upload makes no progress.
  case uploadStuck(SHA256Digest)

  /// A sentence for people.
  package var description: String {
    switch self {
    case .noAnswer(let address, let after):
      "no answer from \(address) for \(after.components.seconds) s: is the coordinator running, and the address right?"
    case .keyRefused(let address):
      "the coordinator at \(address) refuses the key of the connection file: it was revoked, or it belongs to another "
        + "coordinator; ask for a new file (potline keygen)"
    case .unexpectedAnswer: "the coordinator's answer is not one to the question"
    case .uploadStuck(let digest): "the coordinator does not take the dataset \(digest.hex)"
    }
  }
}
