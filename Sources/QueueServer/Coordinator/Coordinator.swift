import Digests
import Logging
import QueueCore
import QueueProtocol
import QueueWorker
import ZeroMQ

/// The shell around `QueueCore`: one thread that takes messages, commits what they change and then answers them.
/// It belongs to the thread that made it; `stopHandle` may be used from any.
package final class Coordinator {
  /// The address that workers and clients connect to.
  package let address: String
  /// Stops the run in order: workers hand their jobs back.
  package let stopHandle: StopHandle

  let configuration: Configuration
  let journal: Journal
  let log: Logger
  let socket: Socket
  let time = SystemTime()
  var core: QueueCore
  var badMessages: BadMessageLog
  var uploads: BlobUploads?
  /// The versions of peers that were compared, so that each is logged once.
  var comparedVersions: Set<ComparedVersion> = []
  /// A batch whose commit failed and is retried; `nil` if there is none.
  var stall: Stall?
  var supervisor: Supervisor?
  var isFinished = false
  var rate = StepRate()
  let started: Instant
  var commitTimes = DurationHistogram()
  var snapshotDue: Instant
  private var tickDue: Instant
  private var lastTurn: Instant
  private var progressDue: Instant
  private var isStopping = false

  /// A coordinator that listens, with the studies that the journal has.
  ///
  /// - Throws: `JournalError`; `ZeroMQError` or `EndpointError` when the address cannot be used; `KeyFileError`.
  package init(_ configuration: Configuration = Configuration(), journal: Journal, log: Logger) throws {
    (self.configuration, self.journal, self.log) = (configuration, journal, log)
    badMessages = BadMessageLog(log: log)
    if let note = journal.storageNote { log.notice("\(note)") }
    uploads = configuration.blobs.map { BlobUploads(store: $0, maximumBytes: configuration.maximumBlobBytes) }
    var settings = configuration.settings
    settings.version = configuration.programVersion
    core = QueueCore(
      settings: settings, stored: try journal.load(at: time.now), at: time.now)
    do throws(InvariantViolation) {
      try core.checkInvariants()
    } catch {
      throw JournalError.damaged(path: journal.path, detail: "its rows contradict each other: \(error)")
    }
    var options = SocketOptions(maximumMessageSize: Wire.maximumOutcomeBytes)
    options.linger = .milliseconds(500)
    options.heartbeat = .init(interval: .seconds(5), timeout: .seconds(30))
    socket = try Socket(.router, context: configuration.access?.context ?? Context(), options: options)
    address =
      try configuration.access?.bind(socket) ?? socket.bind(to: configuration.address, security: .loopback)
    stopHandle = try StopHandle()
    let now = time.now
    (started, tickDue, progressDue, lastTurn, snapshotDue) = (now, now, now, now, now)
  }

  /// The queue's state. O(1).
  package var progress: QueueProgress {
    var progress = core.progress
    progress.stepsPerSecond = rate.perSecond
    return progress
  }

  /// Adds a study of this process. Jobs that the journal has already are left as they are. All is on the disk when it
  /// returns.
  ///
  /// - Parameters:
  ///   - jobs: The study's jobs in their order.
  ///   - name: Its name, for display.
  ///   - submission: Its identity; a known submission is not added twice. Default: the digest of the jobs' identities.
  /// - Throws: `JournalError`, `.otherStudy` if the submission is known with other jobs.
  package func submit(_ jobs: [NewJob], name: String = "study", submission: SubmissionID? = nil) throws {
    if jobs.isEmpty { return }
    let id = submission ?? SubmissionID(.of(jobs.flatMap(\.id.digest.bytes)))
    for start in stride(from: 0, to: jobs.count, by: 1000) {
      let part = Array(jobs[start..<min(start + 1000, jobs.count)])
      try process([
        .submitted(Submission(id: id, name: name, total: jobs.count, first: start, jobs: part))
      ])
    }
    guard core.jobsReceived(of: id) == jobs.count else {
      throw JournalError.otherStudy(path: journal.path)
    }
  }

  /// Serves workers and clients until every job has ended (unless `QueueSettings.keepsServing`), or a stop was requested.
  ///
  /// - Parameters:
  ///   - supervisor: Worker processes of this host to keep running meanwhile; they have ended when it returns or throws.
  ///   - signals: The first signal stops the run in order, the second immediately.
  ///   - onProgress: Gets the queue's state several times a second, and at the end.
  /// - Throws: `JournalError` when the journal cannot be written or read, `SupervisorError`, `ZeroMQError`;
  ///   `InvariantViolation` if `Configuration.validates`.
  package func run(
    supervisor: Supervisor? = nil, signals: SignalWatcher? = nil,
    onProgress: (QueueProgress) -> Void = { _ in }
  ) throws -> Outcome {
    self.supervisor = supervisor
    defer {
      supervisor?.shutDown()
      self.supervisor = nil
      socket.close()
      configuration.snapshots?.show(.ended)
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
        showItself(at: time.now)
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
    // No message of the stalled batch has been acknowledged, so the batch may be lost.
    if let stall, isStopRequested { throw stall.error }
    try retryCommit()
    var (events, isFull) = try receiveBatch()
    if stall == nil {
      for ended in try supervisor?.poll() ?? [] { events.append(.processEnded(ended.worker, ended.status)) }
    }
    if isStopRequested, !isStopping {
      isStopping = true
      events.append(.shutdownRequested)
    }
    let now = time.now
    // After a pause of this process (SIGSTOP, sleep) all workers seem silent: their waiting messages are read first.
    if now - lastTurn >= .seconds(2) { tickDue = now + .seconds(1) }
    lastTurn = now
    // A worker whose message waits unread in the socket isn't silent: deadlines are checked once the socket is empty, or
    // after two seconds at the latest.
    if now >= tickDue, !isFull || now - tickDue >= .seconds(2) {
      tickDue = now + configuration.tickInterval
      events.append(.tick)
      uploads?.dropIdle(at: now)
      configuration.access?.refresh(at: now)
    }
    try process(events)
  }

  private func report(_ onProgress: (QueueProgress) -> Void) {
    let now = time.now
    rate.add(core.progress.stepsMade, at: now)
    guard now >= progressDue else { return }
    progressDue = now + configuration.progressInterval
    onProgress(progress)
  }
}

extension Coordinator {
  /// How a coordinator listens and judges.
  package struct Configuration: Sendable {
    /// The loopback address to listen on, unless there is `access`. Default: a free port.
    package var address = "tcp://127.0.0.1:*"
    /// The address to listen on and who may use it. Default: `address` alone, for everybody on this host.
    package var access: CoordinatorSecurity?
    /// The times and limits by which workers are judged.
    package var settings = QueueSettings()
    /// The folder whose blobs workers may fetch; `nil` for none.
    package var blobs: BlobStore?
    /// The largest blob that a client may send, in bytes. Default: 16 GiB.
    package var maximumBlobBytes = 16 << 30
    /// The program's version.
    package var version = ""
    /// The newest format of jobs that the program knows. Default: it doesn't say.
    package var jobFormat: Int?
    /// The largest result or checkpoint that a job with this payload can have, in bytes; nil for what the wire takes.
    /// Larger ones are dropped unread, and the job fails. Default: what the wire takes.
    package var outcomeLimit: (@Sendable (_ payload: [UInt8]) -> Int?)?
    /// The reaction to a journal that can't be written. Default: stop.
    package var storageFailure = StorageFailure.stop
    /// The pause before a commit that failed is tried again; it doubles with each try. Default: 0.1 s.
    package var firstCommitPause: Duration = .milliseconds(100)
    /// The longest such pause. Default: 5 s.
    package var longestCommitPause: Duration = .seconds(5)
    /// The interval at which deadlines are checked. Default: 0.1 s.
    package var tickInterval: Duration = .milliseconds(100)
    /// How many messages share a commit at most. Default: 256.
    package var batchLimit = 256
    /// How many messages of one connection share a commit at most; those beyond are dropped. A client that waits for
    /// each reply never comes near. Default: 16.
    package var peerLimit = 16
    /// The interval of progress reports. Default: 0.2 s.
    package var progressInterval: Duration = .milliseconds(200)

    /// Receives snapshots of the queue for the status page. Default: none are made.
    package var snapshots: SnapshotExchange?

    /// Whether the core's invariants are checked after every event, and a violation ends the run with the history of the
    /// job concerned. It costs O(jobs) each time. Default: no.
    package var validates = false

    /// The defaults.
    package init() {}

    var programVersion: ProgramVersion { ProgramVersion(program: version, jobFormat: jobFormat) }
  }

  /// The reaction to a journal that can't be written. Until a batch is committed none of its messages is answered.
  package enum StorageFailure: Sendable {
    /// Tell the workers to leave and throw the error; nothing acknowledged is lost.
    case stop
    /// For a transient error such as a full disk: log it once, answer no message that needs the journal, and retry with
    /// growing pauses. Workers train on meanwhile and repeat what was not acknowledged.
    case wait
  }

  /// How a run ended.
  package struct Outcome: Sendable {
    /// The queue's last state.
    package var progress: QueueProgress
    /// Whether it was stopped before all jobs had ended.
    package var wasStopped: Bool
    /// Messages that were dropped because they could not be understood.
    package var badMessages: Int
  }
}

/// Steps per second over the last seconds.
struct StepRate {
  private var samples: [(at: Instant, steps: Int)] = []

  /// Adds a sample, unless the last one is less than half a second old.
  mutating func add(_ steps: Int, at now: Instant) {
    if let last = samples.last, now - last.at < .milliseconds(500) { return }
    samples.append((now, steps))
    if samples.count > 12 { samples.removeFirst() }
  }

  var perSecond: Double {
    guard let first = samples.first, let last = samples.last, last.at > first.at else { return 0 }
    return Double(last.steps - first.steps) / (last.at - first.at).seconds
  }
}
