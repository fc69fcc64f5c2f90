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
  /// What could not be committed yet; `nil` if nothing waits.
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
    uploads = configuration.blobs.map { BlobUploads(store: $0, maximumBytes: configuration.maximumBlobBytes) }
    core = QueueCore(
      settings: configuration.settings, stored: try journal.load(at: time.now), at: time.now)
    var options = SocketOptions(maximumMessageSize: Wire.maximumFrameBytes)
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
  ///   - name: For people.
  ///   - submission: A submission that is known already is not added twice. Default: the one that these jobs name.
  /// - Throws: `JournalError`; `QueueProblem` if the submission is known, but as another study.
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
      throw QueueProblem(
        .badSubmission, "\(journal.folder) has other jobs under the same study: use another folder")
    }
  }

  /// Serves workers and clients until every job has ended (unless `QueueSettings.keepsServing`), or a stop was requested.
  ///
  /// - Parameters:
  ///   - supervisor: Worker processes of this host to keep running meanwhile; they have ended when it returns or throws.
  ///   - signals: The first signal stops the run in order, the second at once.
  ///   - onProgress: Told the queue's state several times a second, and at the end.
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
    // Nothing that waits has been acknowledged, so it may be lost.
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
    // If this process was stopped for a while, everyone seems silent: what they said meanwhile is read first.
    if now - lastTurn >= .seconds(2) { tickDue = now + .seconds(1) }
    lastTurn = now
    // Who waits unread in the socket is not silent; so time goes on when it is empty, or after two seconds anyway.
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
