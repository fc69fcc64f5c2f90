import Glibc
import HostResources
import Logging
import QueueProtocol
import ZeroMQ

/// A worker process: the thread that calls `run` speaks with the coordinator, a second one runs jobs.
package final class Worker {
  /// Asks the worker to hand its job back and leave.
  package let stopHandle: StopHandle

  private let configuration: Configuration
  private let log: Logger
  private let time = SystemTime()
  private let waker: Waker
  private let outbox: WorkerOutbox
  private let fetcher: BlobFetcher?
  private let training: TrainingThread
  private let context: Context
  private var socket: Socket
  private var refusals: RefusalWatch
  /// When the key was refused first, and when a new connection was last tried.
  private var refused: (first: ContinuousClock.Instant, last: ContinuousClock.Instant)?
  private var socketSource: Poller.Source
  private var inputSource: Poller.Source?
  private var poller = Poller()
  private var core: WorkerCore
  private var job: JobContext?
  private var result: WorkerExit?

  /// A worker that begins to connect; the coordinator may start later.
  ///
  /// - Throws: `ZeroMQError` or `EndpointError` when the address cannot be used.
  package init(_ configuration: Configuration, runner: any JobRunner, log: Logger) throws {
    (self.configuration, self.log) = (configuration, log)
    stopHandle = try StopHandle()
    let waker = try Waker()
    let outbox = WorkerOutbox(waker: waker)
    (self.waker, self.outbox) = (waker, outbox)
    fetcher = configuration.cache.map { BlobFetcher(cache: $0, outbox: outbox) }
    training = TrainingThread(runner: runner, outbox: outbox)
    context = try Context()
    (socket, refusals) = try Self.connect(configuration, context)
    socketSource = poller.add(socket)
    _ = poller.add(waker)
    _ = poller.add(stopHandle.waker)
    let registration = Registration(
      worker: configuration.id, host: configuration.host, pid: Int(getpid()),
      cores: configuration.resources.processors,
      coresLimit: configuration.resources.processorLimit.shortName,
      instructionSet: configuration.instructionSet, version: configuration.version,
      jobFormat: configuration.jobFormat, replaces: ReplacedWorker.fromEnvironment)
    core = WorkerCore(registration, settings: configuration.timing, at: time.now)
  }

  /// Works until told to leave, or until the coordinator has been away for too long.
  ///
  /// A job that does not stop may still run on its thread when this returns: end the process then.
  ///
  /// - Parameter signals: At the first signal it hands its job back and leaves, at the second it leaves immediately.
  /// - Returns: Why it left; its raw value is the exit code to use.
  /// - Throws: `ZeroMQError`.
  package func run(signals: SignalWatcher? = nil) throws -> WorkerExit {
    if let signals { _ = poller.add(signals.waker) }
    if configuration.isSupervised { inputSource = poller.add(fileDescriptor: 0) }
    defer { socket.close() }
    var isLeaving = false
    try tell(.tick(progress: nil))
    var lastTurn = time.now
    while result == nil {
      let ready = try poller.wait(timeout: .milliseconds(50))
      let now = time.now
      if now - lastTurn >= .seconds(2) { try tell(.paused(now - lastTurn)) }
      lastTurn = now
      waker.drain()
      stopHandle.waker.drain()
      try takeFromJob()
      try takeMessages()
      if try isRefusedForGood() {
        log.error("the coordinator refuses the key of the connection file: it was revoked, or is another's")
        return .refused
      }
      let signalCount = signals?.drain() ?? 0
      if signalCount > 1 { return .leftAtOnce }
      let inputEnded = inputSource.map { ready.contains($0) && hasInputEnded() } ?? false
      if !isLeaving, signalCount > 0 || stopHandle.isStopRequested || inputEnded {
        isLeaving = true
        log.info(
          "leaving: \(signalCount > 0 ? "a signal" : inputEnded ? "the supervisor has gone" : "a request")")
        try tell(.leaveRequested)
      }
      try tell(.tick(progress: job?.latestProgress))
    }
    return result ?? .left
  }

  private static func connect(_ configuration: Configuration, _ context: Context) throws -> (
    Socket, RefusalWatch
  ) {
    var options = SocketOptions(maximumMessageSize: Wire.maximumOutcomeBytes)
    options.linger = .milliseconds(500)
    options.maximumReconnectInterval = .seconds(2)
    let socket = try Socket(.dealer, context: context, options: options)
    let refusals = try RefusalWatch(socket)
    try socket.connect(to: configuration.address, security: configuration.security)
    return (socket, refusals)
  }

  private func tell(_ event: WorkerCore.Event) throws {
    for effect in core.handle(event, at: time.now) { try perform(effect) }
  }

  private func perform(_ effect: WorkerCore.Effect) throws {
    switch effect {
    case .send(let message): try send(message)
    case .start(_, let payload, let checkpoint):
      let context = JobContext(
        checkpointInterval: configuration.checkpointInterval, outbox: outbox, blobs: fetcher)
      job = context
      training.start(JobInput(payload: payload, checkpoint: checkpoint?.bytes), context)
    case .interrupt: job?.requestStop()
    case .reconnect: try reconnect()
    case .note(let note): log.log(level: note.level.logLevel, "\(note.text)")
    case .exit(let exit):
      job?.requestStop()
      result = exit
    }
  }

  /// Keeps the old connection, which libzmq tries again too, while the coordinator's name doesn't resolve.
  private func reconnect() throws {
    let new: (Socket, RefusalWatch)
    do {
      new = try Self.connect(configuration, context)
    } catch let error as EndpointError {
      return log.warning("\(error)")
    }
    poller.remove(socketSource)
    socket.close()
    (socket, refusals) = new
    socketSource = poller.add(socket)
  }

  /// Whether the key has been refused over several connections. A job in hand is finished first: the key may be admitted
  /// again until then.
  private func isRefusedForGood() throws -> Bool {
    guard job == nil, try refusals.hasRefusal() else { return false }
    let now = ContinuousClock.now
    let first = refused?.first ?? now
    if now - first >= RefusalWatch.patience { return true }
    if let refused, now - refused.last < .milliseconds(500) { return false }
    refused = (first, now)
    try reconnect()
    return false
  }

  /// A message that doesn't fit into the send queue is lost, as any may be; outcomes and registrations are repeated.
  private func send(_ message: WorkerMessage) throws {
    _ = try socket.sendNow(Message(message.encoded().map(Frame.init)))
  }

  private func takeFromJob() throws {
    let contents = outbox.takeAll()
    if let request = contents.fetch { try send(.fetch(request.digest, offset: request.offset)) }
    if let checkpoint = contents.checkpoint { try tell(.checkpoint(checkpoint)) }
    if let end = contents.end {
      job = nil
      try tell(.ended(end))
    }
  }

  private func takeMessages() throws {
    let limits = MessageLimits(
      frames: 3, bytes: Wire.maximumOutcomeBytes + Wire.maximumPayloadBytes + (1 << 20))
    for _ in 0..<64 {
      do {
        guard let message = try socket.receiveNow(limits: limits) else { return }
        refused = nil
        let decoded = try CoordinatorMessage.decode(message.frames.map(\.bytes))
        switch decoded {
        case .chunk(let digest, let offset, let totalBytes, let bytes):
          fetcher?.deliver(.chunk(digest, offset: offset, totalBytes: totalBytes, bytes: bytes))
        case .missing(let digest): fetcher?.deliver(.missing(digest))
        default: break
        }
        try tell(.message(decoded))
      } catch let error as MessageError {
        guard case .otherVersion(let wire, let program) = error else {
          log.warning("dropped a message of the coordinator: \(error)")
          continue
        }
        let own = ProgramVersion(program: configuration.version, jobFormat: configuration.jobFormat)
        let other = ProgramVersion(program: program ?? "", wire: wire)
        log.error("\(other.mismatch(as: "the coordinator", with: own, as: "this worker") ?? "\(error)")")
        result = .refused
      } catch let error as OversizedMessageError {
        log.warning("\(error)")
      }
    }
  }

  private func hasInputEnded() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(0, &bytes, bytes.count)
    guard count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) else { return false }
    if let inputSource { poller.remove(inputSource) }
    inputSource = nil
    return true
  }
}

extension Worker {
  /// A worker's connection and its description of itself.
  package struct Configuration: Sendable {
    /// The coordinator's address.
    package var address: String
    /// How the connection is secured. Default: loopback alone.
    package var security = Security.loopback
    /// The worker. Default: the identity that a supervisor gave to this process, or else a fresh one.
    package var id = WorkerID.fromEnvironment ?? .random()
    /// This host's name.
    package var host = Worker.hostName
    /// The processors and the memory that this process may use.
    package var resources = HostResources.current
    /// The SIMD instruction set that jobs are run with, for display.
    package var instructionSet = ""
    /// The program's version, for display and comparison.
    package var version = ""
    /// The newest format of jobs that the runner knows. Default: it doesn't say.
    package var jobFormat: Int?
    /// The worker's timeouts; `timing.coordinatorTimeout` is how long it trains without its coordinator.
    package var timing = WorkerCore.Settings()
    /// How often a job is asked for a checkpoint. Default: 5 s.
    package var checkpointInterval: Duration = .seconds(5)
    /// The folder for datasets that are fetched; workers of a host may share it. `nil`: none can be fetched.
    package var cache: BlobCache?
    /// Whether to leave when standard input ends, as it does when the supervisor does.
    package var isSupervised = false

    /// A worker of the coordinator at `address`.
    package init(address: String) { self.address = address }
  }

  static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, 255) == 0 else { return "unknown" }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
