import Logging
import QueueCore
import QueueProtocol
import ZeroMQ

/// Messages that arrive. libzmq takes them from the connections in turn, so none waits for another's flood; what one
/// connection says beyond its share of a batch is dropped unread.
extension Coordinator {
  /// Up to a batch of events.
  ///
  /// - Returns: Whether there may be more to receive.
  func receiveBatch() throws -> (events: [Event], isFull: Bool) {
    var events: [Event] = []
    var shares: [PeerID: Int] = [:]
    for _ in 0..<configuration.batchLimit {
      guard let message = try receive() else { return (events, false) }
      let peer = PeerID(message.frames.first?.bytes ?? [])
      shares[peer, default: 0] += 1
      if shares[peer, default: 0] > configuration.peerLimit {
        badMessages.add(MessageFlood(limit: configuration.peerLimit), at: time.now)
      } else if let event = read(message, from: peer) {
        events.append(event)
      }
    }
    return (events, true)
  }

  private func receive() throws -> Message? {
    while true {
      do {
        return try socket.receiveNow(
          limits: MessageLimits(frames: 4, bytes: Wire.maximumOutcomeBytes + (1 << 20)))
      } catch let error as OversizedMessageError {
        badMessages.add(error, at: time.now)
      }
    }
  }

  private func read(_ message: Message, from peer: PeerID) -> Event? {
    do throws(MessageError) {
      let decoded = try IncomingMessage.decode(message.frames.dropFirst().map(\.bytes))
      guard isAllowed(decoded, from: message.userID, peer) else { return nil }
      switch decoded {
      case .client(let call):
        if let version = call.client { compare(version, of: "a client") }
        return .client(from: peer, call)
      case .worker(let message):
        if case .register(let registration) = message {
          supervisor?.noteRegistered(registration.worker)
          let version = ProgramVersion(program: registration.version, jobFormat: registration.jobFormat)
          compare(version, of: "the worker on \(registration.host)")
        }
        return .message(from: peer, bounded(message))
      }
    } catch {
      badMessages.add(error, at: time.now)
      if case .otherVersion(let wire, let program) = error {
        let other = ProgramVersion(program: program ?? "", wire: wire)
        compare(other, of: "a peer")
        let own = configuration.programVersion
        let reason = own.mismatch(as: "the coordinator", with: other, as: "this peer") ?? error.description
        try? send(.refused(reason: reason, coordinator: own), to: peer)
      }
      return nil
    }
  }

  /// Logs another version once for each name.
  private func compare(_ version: ProgramVersion, of name: String) {
    let own = configuration.programVersion
    guard let text = own.mismatch(as: "the coordinator", with: version, as: name),
      comparedVersions.count < 1000,
      comparedVersions.insert(ComparedVersion(name: name, version: version)).inserted
    else { return }
    log.log(level: own.difference(from: version) == .program ? .notice : .warning, "\(text)")
  }

  /// In place of a result or checkpoint that the job can't have brought, a failure of the job; a smaller one than a
  /// megabyte isn't looked at.
  private func bounded(_ message: WorkerMessage) -> WorkerMessage {
    guard let outcomeLimit = configuration.outcomeLimit else { return message }
    let (reference, bytes): (AttemptReference, Int)
    switch message {
    case .result(let attempt, let result): (reference, bytes) = (attempt, result.bytes.count)
    case .checkpoint(let attempt, let checkpoint): (reference, bytes) = (attempt, checkpoint.bytes.count)
    case .handBack(let attempt, let checkpoint?, _): (reference, bytes) = (attempt, checkpoint.bytes.count)
    default: return message
    }
    guard bytes > 1 << 20, let payload = try? journal.assignment(of: reference.job).payload,
      let limit = outcomeLimit(payload), bytes > limit
    else { return message }
    let problem = "the worker sent \(bytes) bytes for job \(reference.job), which can have at most \(limit)"
    log.warning("\(problem)")
    return .failed(reference, JobFailure(.other, problem))
  }

  /// Refuses a message that the sender's role doesn't allow; a sender with a revoked key gets no answer.
  private func isAllowed(_ message: IncomingMessage, from userID: String?, _ peer: PeerID) -> Bool {
    do throws(AccessError) {
      try configuration.access?.check(message.parts.type, from: userID)
      return true
    } catch {
      badMessages.add(error, at: time.now)
      guard case .notAllowed = error else { return false }
      switch message {
      case .worker:
        try? send(.refused(reason: "this key is a client's; a worker needs a worker's key"), to: peer)
      case .client(let call):
        let problem = QueueError(.notAllowed, "this key is a worker's; a client needs a client's key")
        try? send(ClientAnswer(request: call.request, .problem(problem)), to: peer)
      }
      return false
    }
  }
}

/// A version of a peer that was logged.
struct ComparedVersion: Hashable {
  let name: String
  let version: ProgramVersion
}

/// More messages of one connection in a batch than it may have.
struct MessageFlood: Error, CustomStringConvertible {
  let limit: Int

  var description: String { "more than \(limit) messages of one connection at once" }
}

/// Counts dropped messages and logs their number, at most once in ten seconds.
struct BadMessageLog {
  private(set) var count = 0
  private var told = 0
  private var lastTold: Instant?
  private let log: Logger

  init(log: Logger) { self.log = log }

  mutating func add(_ error: any Error, at now: Instant) {
    count += 1
    if let lastTold, now - lastTold < .seconds(10) { return }
    log.warning("dropped \(count - told) bad messages, the last: \(error)")
    (told, lastTold) = (count, now)
  }
}
