import Foundation
import QueueProtocol
import ZeroMQ

/// Many workers that connect and register at once, each over a connection of its own.
enum QueueRegistration {
  static func measure(workers count: Int, in folder: String) throws -> QueueRegistrationRow {
    let coordinator = try CoordinatorProcess(in: folder)
    let context = try Context(maximumSockets: count + 16)
    let messages = try (0..<count).map { _ in try register() }
    let clock = Measurement.monotonicClock()
    var waiting: [Socket] = []
    for message in messages {
      let socket = try Socket(
        .dealer, context: context, options: SocketOptions(maximumMessageSize: Wire.maximumFrameBytes))
      try socket.connect(to: coordinator.address, security: .loopback)
      try socket.send(message)
      waiting.append(socket)
    }
    // They stay open: a worker that is welcome is a worker that is there.
    let all = waiting
    while !waiting.isEmpty {
      guard clock() < 120 else { throw BenchmarkError("\(waiting.count) workers were not welcomed") }
      usleep(1_000)
      waiting = try waiting.filter { try !isWelcome($0.receiveNow()) }
    }
    let seconds = clock()
    let registered = try coordinator.client().statuses().queue.workers
    guard registered == all.count else {
      throw BenchmarkError("\(registered) workers are registered instead of \(count)")
    }
    return QueueRegistrationRow(workers: count, seconds: seconds)
  }

  private static func register() throws -> Message {
    let registration = Registration(
      worker: .random(), host: "bench", pid: Int(getpid()), cores: 1, instructionSet: "", version: "")
    return Message([Frame(Array(try JSONEncoder().encode(Hello(registration: registration))))])
  }

  private static func isWelcome(_ message: Message?) throws -> Bool {
    guard let message else { return false }
    let text = String(decoding: message.frames.first?.bytes ?? [], as: UTF8.self)
    guard text.contains("\"welcome\"") else { throw BenchmarkError("a worker was not welcome: \(text)") }
    return true
  }

  /// The header of the protocol's first message.
  private struct Hello: Encodable {
    let registration: Registration

    private enum Keys: String, CodingKey {
      case potline, type
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(Wire.version, forKey: .potline)
      try container.encode("register", forKey: .type)
      try registration.encode(to: encoder)
    }
  }
}
