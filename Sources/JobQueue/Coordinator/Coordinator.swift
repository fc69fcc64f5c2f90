import Logging
import ZeroMQ

/// The shell around `QueueCore`: one thread that takes messages, commits what they change and then answers them.
/// It belongs to the thread that made it; `stopHandle` may be used from any.
public final class Coordinator {
  /// The address that workers connect to.
  public let address: String
  /// Stops the run in order: workers hand their jobs back.
  public let stopHandle: StopHandle

  private let configuration: Configuration
  private let journal: Journal
  private let log: Logger
  private let socket: Socket
  private let time = SystemTime()
  private var core: QueueCore
  private var badMessages: BadMessageLog
  private var rate = StepRate()
  private var supervisor: Supervisor?
  private var tickDue: Instant
  private var progressDue: Instant
  private var isStopping = false
  private var isFinished = false

  /// A coordinator that listens, with the jobs that the journal has.
  ///
  /// - Throws: `JournalError`; `ZeroMQError` or `EndpointError` when the address cannot be used.
  public init(_ configuration: Configuration = Configuration(), journal: Journal, log: Logger) throws {
    (self.configuration, self.journal, self.log) = (configuration, journal, log)
    badMessages = BadMessageLog(log: log)
    let (jobs, nextAttempt) = try journal.load(at: time.now)
    core = QueueCore(settings: configuration.settings, stored: jobs, nextAttempt: nextAttempt)
    var options = SocketOptions(maximumMessageSize: Wire.maximumFrameBytes)
    options.linger = .milliseconds(500)
    options.heartbeat = .init(interval: .seconds(5), timeout: .seconds(30))
    socket = try Socket(.router, context: Context(), options: options)
    address = try socket.bind(to: configuration.address, security: configuration.security)
    stopHandle = try StopHandle()
    (tickDue, progressDue) = (time.now, time.now)
  }

  /// The queue's state. O(1).
  public var progress: QueueProgress {
    var progress = core.progress
    progress.stepsPerSecond = rate.perSecond
    return progress
  }

  /// Adds jobs; those that the journal has already are left as they are. They are on the disk when it returns.
  ///
  /// - Throws: `JournalError`.
  public func submit(_ jobs: [NewJob]) throws {
    for start in stride(from: 0, to: jobs.count, by: 1000) {
      try process([.submitted(Array(jobs[start..<min(start + 1000, jobs.count)]))])
    }
  }

  /// Serves workers until every job has ended, or a stop was requested.
  ///
  /// - Parameters:
  ///   - supervisor: Worker processes of this host to keep running meanwhile; they have ended when it returns or throws.
  ///   - signals: The first signal stops the run in order, the second at once.
  ///   - onProgress: Told the queue's state several times a second, and at the end.
  /// - Throws: `JournalError` when the journal cannot be written or read, `SupervisorError`, `ZeroMQError`;
  ///   `InvariantViolation` if `Configuration.validates`.
  public func run(
    supervisor: Supervisor? = nil, signals: SignalWatcher? = nil,
    onProgress: (QueueProgress) -> Void = { _ in }
  ) throws -> Outcome {
    self.supervisor = supervisor
    defer {
      supervisor?.shutDown()
      self.supervisor = nil
      socket.close()
    }
    var poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(stopHandle.waker)
    if let signals { _ = poller.add(signals.waker) }
    do {
      while !isFinished {
        _ = try poller.wait(timeout: configuration.tickInterval)
        stopHandle.waker.drain()
        let signalCount = signals?.drain() ?? 0
        if signalCount > 1 {
          log.notice("stopped at once by a second signal")
          break
        }
        try turn(isStopRequested: signalCount > 0 || stopHandle.isStopRequested)
        report(onProgress)
      }
    } catch {
      for peer in core.peers { try? send(.leave, to: peer) }
      throw error
    }
    onProgress(progress)
    let wasStopped = progress.queued + progress.running > 0
    return Outcome(progress: progress, wasStopped: wasStopped, badMessages: badMessages.count)
  }

  /// One batch: what has arrived, what the supervisor saw, and time.
  private func turn(isStopRequested: Bool) throws {
    var events: [Event] = []
    var received = 0
    while received < configuration.batchLimit, let message = try receive() {
      received += 1
      if let event = read(message) { events.append(event) }
    }
    for ended in try supervisor?.poll() ?? [] { events.append(.processEnded(ended.worker, ended.status)) }
    if isStopRequested, !isStopping {
      isStopping = true
      events.append(.shutdownRequested)
    }
    let now = time.now
    // Who waits unread in the socket is not silent; so time goes on when it is empty, or after two seconds anyway.
    if now >= tickDue, received < configuration.batchLimit || now - tickDue >= .seconds(2) {
      tickDue = now + configuration.tickInterval
      events.append(.tick)
    }
    try process(events)
  }

  /// Runs the core, commits, and only then answers.
  private func process(_ events: [Event]) throws {
    let now = time.now
    var effects: [Effect] = []
    for event in events {
      effects += core.handle(event, at: now)
      if configuration.validates { try core.checkInvariants() }
    }
    if core.isLeaving { supervisor?.stopReplacing() }
    try journal.commit(effects.compactMap { if case .store(let record) = $0 { record } else { nil } })
    for effect in effects { try perform(effect) }
  }

  private func perform(_ effect: Effect) throws {
    switch effect {
    case .store: break
    case .send(let peer, let message): try send(message, to: peer)
    case .assign(let peer, let reference):
      let (payload, checkpoint) = try journal.assignment(of: reference.job)
      try send(.assign(reference, payload: payload, checkpoint), to: peer)
    case .sendChunk(let peer, let digest, let offset):
      let chunk = try configuration.blobs?.read(digest, offset: offset, count: Wire.chunkBytes)
      try send(
        chunk.map { .chunk(digest, offset: min(offset, $0.total), totalBytes: $0.total, bytes: $0.bytes) }
          ?? .missing(digest), to: peer)
    case .gaveUp(let worker): supervisor?.kill(worker)
    case .note(let note): log.log(level: note.level.logLevel, "\(note.text)")
    case .finished: isFinished = true
    }
  }

  private func send(_ message: CoordinatorMessage, to peer: PeerID) throws {
    let frames = try [Frame(peer.bytes)] + message.encoded().map { Frame($0) }
    do throws(ZeroMQError) {
      // A message that finds no room or no peer is lost, as any may be; the protocol asks again.
      _ = try socket.sendNow(Message(frames))
    } catch {
      guard error.isHostUnreachable else { throw error }
      log.debug("a worker has gone before it could be answered")
    }
  }

  private func receive() throws -> Message? {
    while true {
      do {
        return try socket.receiveNow(
          limits: MessageLimits(frames: 4, bytes: Wire.maximumFrameBytes + (1 << 20)))
      } catch let error as OversizedMessageError {
        badMessages.add(error, at: time.now)
      }
    }
  }

  private func read(_ message: Message) -> Event? {
    let peer = PeerID(message.frames.first?.bytes ?? [])
    do throws(MessageError) {
      let decoded = try WorkerMessage.decode(message.frames.dropFirst().map(\.bytes))
      if case .register(let registration) = decoded { supervisor?.noteRegistered(registration.worker) }
      return .message(from: peer, decoded)
    } catch {
      badMessages.add(error, at: time.now)
      if case .otherVersion = error { try? send(.refused(reason: error.description), to: peer) }
      return nil
    }
  }

  private func report(_ onProgress: (QueueProgress) -> Void) {
    let now = time.now
    rate.add(core.progress.stepsMade, at: now)
    guard now >= progressDue else { return }
    progressDue = now + configuration.progressInterval
    onProgress(progress)
  }
}

extension Note.Level {
  var logLevel: Logger.Level {
    switch self {
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
