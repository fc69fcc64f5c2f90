import Digests
import ErrorCategories
import Files
import ZeroMQ

/// A client of a coordinator: sends a request, and repeats it until the reply arrives. It belongs to one thread.
package final class QueueClient {
  /// How a client connects.
  package struct Configuration: Sendable {
    /// The coordinator's address.
    package var address: String
    /// How the connection is secured. Default: loopback alone.
    package var security = Security.loopback
    /// The time without an answer after which a question is an error. Default: 60 s.
    package var timeout: Duration = .seconds(60)
    /// The client's version. Default: it doesn't say.
    package var version: ProgramVersion?
    /// Called once, with what differs, if the coordinator has another version that matters.
    package var onMismatch: (@Sendable (String) -> Void)?
    /// The time without an answer after which a question is repeated. Default: 3 s.
    package var repeatAfter: Duration = .seconds(3)

    /// A client of the coordinator at `address`.
    package init(address: String) { self.address = address }
  }

  private let configuration: Configuration
  private let context: Context
  private var socket: Socket
  private var refusals: RefusalWatch
  private var request = 0
  private var hasComparedVersions = false

  /// A client that begins to connect; the coordinator may start later.
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
    var options = SocketOptions(maximumMessageSize: Wire.maximumOutcomeBytes)
    options.maximumReconnectInterval = .seconds(2)
    let socket = try Socket(.dealer, context: context, options: options)
    let refusals = try RefusalWatch(socket)
    try socket.connect(to: configuration.address, security: configuration.security)
    return (socket, refusals)
  }

  /// Asks and waits for the answer.
  ///
  /// - Throws: `QueueError` as the coordinator puts it; `QueueClientError`; `MessageError` for an answer that cannot be
  ///   understood, such as one of another version; `ZeroMQError`.
  package func ask(_ message: ClientMessage) throws -> ClientReply {
    request += 1
    let frames = try ClientCall(request: request, message, client: configuration.version).encoded().map {
      Frame($0)
    }
    let start = ContinuousClock.now
    var (deadline, isRefused) = (start + configuration.timeout, false)
    // Time in which this process was stopped (Ctrl-Z, SIGSTOP) is no silence of the coordinator.
    var lastLook = start
    func look(after wait: Duration) -> ContinuousClock.Instant {
      let now = ContinuousClock.now
      if now - lastLook >= wait + .seconds(2) { deadline += now - lastLook }
      lastLook = now
      return now
    }
    while look(after: .zero) < deadline {
      try socket.send(Message(frames), timeout: configuration.repeatAfter)
      let askAgain = look(after: configuration.repeatAfter) + configuration.repeatAfter
      while look(after: .milliseconds(200)) < min(askAgain, deadline) {
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

  private func compareVersions(_ coordinator: ProgramVersion?) {
    guard !hasComparedVersions, let coordinator, let own = configuration.version else { return }
    hasComparedVersions = true
    if let text = coordinator.mismatch(as: "the coordinator", with: own, as: "this client") {
      configuration.onMismatch?(text)
    }
  }

  /// The answer to the last question; `nil` if none came for a moment, or one to an earlier question.
  private func receive() throws -> ClientReply? {
    let limits = MessageLimits(frames: 1 + Wire.maximumPage, bytes: Wire.maximumOutcomeBytes + (1 << 20))
    guard let message = try socket.receive(limits: limits, timeout: .milliseconds(200)) else { return nil }
    let answer: ClientAnswer
    do throws(MessageError) {
      answer = try ClientAnswer.decode(message.frames.map(\.bytes))
    } catch {
      if case .otherVersion(let wire, let program) = error, let own = configuration.version,
        let text = ProgramVersion(program: program ?? "", wire: wire)
          .mismatch(as: "the coordinator", with: own, as: "this client")
      {
        throw QueueClientError.otherVersion(text)
      }
      throw error
    }
    compareVersions(answer.coordinator)
    // What has number 0 is about the connection.
    guard answer.request == request || answer.request == 0 else { return nil }
    if case .problem(let problem) = answer.reply { throw problem }
    return answer.reply
  }
}

/// A coordinator that does not answer as it should.
package enum QueueClientError: CategorizedError, Hashable, Sendable {
  /// Nobody answers.
  case noAnswer(address: String, after: Duration)
  /// The coordinator doesn't admit the client's key.
  case keyRefused(address: String)
  /// The answer is to another question.
  case unexpectedAnswer
  /// The coordinator speaks another version of the protocol; both versions and the remedy.
  case otherVersion(String)
  /// The blob's upload makes no progress.
  case uploadStuck(SHA256Digest)

  /// The coordinator can't be used now.
  package var category: ErrorCategory { .unavailable }

  /// The error in words.
  package var description: String {
    switch self {
    case .noAnswer(let address, let after):
      "no answer from \(address) for \(after.components.seconds) s: is the coordinator running, and the address right? "
        + PublishedAddress.unreachableHint
    case .keyRefused(let address):
      "the coordinator at \(address) refuses the key of the connection file: it was revoked, or it belongs to another "
        + "coordinator; ask for a new file (potline keygen)"
    case .unexpectedAnswer: "the coordinator's answer is not one to the question"
    case .otherVersion(let text): text
    case .uploadStuck(let digest): "the coordinator does not take the dataset \(digest.hex)"
    }
  }
}

/// The questions as functions. Each throws what `ask` throws.
extension QueueClient {
  /// Submits a study in parts that fit into messages. It may be called again with the same `new.id` after an error.
  ///
  /// - Returns: The study, and how many of its jobs an earlier study had finished.
  package func submit(_ new: Submission) throws -> (study: StudyID, finished: Int) {
    var first = 0
    while true {
      var part = new
      (part.first, part.total) = (first, new.jobs.count)
      part.jobs = Self.part(of: new.jobs, from: first)
      if first > 0 { part.description = [] }
      guard case .submitted(let study, let received, let finished) = try ask(.submit(part)) else {
        throw QueueClientError.unexpectedAnswer
      }
      if received >= new.jobs.count { return (study, finished) }
      first = received
    }
  }

  /// How far a study is, and the queue.
  package func status(of study: StudyID) throws -> (study: StudyStatus, queue: QueueStatus) {
    guard case .status(let studies, _, let queue, _) = try ask(.status(study, from: 0)),
      let status = studies.first
    else { throw QueueClientError.unexpectedAnswer }
    return (status, queue)
  }

  /// How far all studies are, and the queue.
  package func statuses() throws -> (studies: [StudyStatus], queue: QueueStatus) {
    let (studies, queue, _) = try statuses(ends: 0)
    return (studies, queue)
  }

  /// The state of all studies and of the queue, and the `count` attempts that ended last, the newest first. A coordinator
  /// knows at most 64 of these attempts; in versions before 0.2.0, none.
  package func statuses(ends count: Int) throws -> (
    studies: [StudyStatus], queue: QueueStatus, ends: [EndedAttempt]
  ) {
    var all: [StudyStatus] = []
    while true {
      let question = ClientMessage.status(nil, from: all.count, ends: count)
      guard case .status(let page, let next, let queue, let ends) = try ask(question) else {
        throw QueueClientError.unexpectedAnswer
      }
      all += page
      guard next != nil, !page.isEmpty else { return (all, queue, ends) }
    }
  }

  /// The histories of the study's failed jobs, in pages that `body` gets one after another.
  package func failures(of study: StudyID, _ body: ([FailedJobStatus]) throws -> Void) throws {
    var from: Int? = 0
    while let place = from {
      guard case .failures(let jobs, let next) = try ask(.failures(study, from: place)) else {
        throw QueueClientError.unexpectedAnswer
      }
      try body(jobs)
      from = next
    }
  }

  /// How the study's jobs from place `first` on ended: one page.
  package func results(of study: StudyID, from first: Int) throws -> (jobs: [JobStatus], next: Int?) {
    let question = ClientMessage.results(study, from: first, count: Wire.maximumPage)
    guard case .results(let jobs, let next) = try ask(question) else {
      throw QueueClientError.unexpectedAnswer
    }
    return (jobs, next)
  }

  /// The study's description as submitted.
  package func description(of study: StudyID) throws -> [UInt8] {
    guard case .description(_, let bytes) = try ask(.description(study)) else {
      throw QueueClientError.unexpectedAnswer
    }
    return bytes
  }

  /// Takes the study's open jobs out of the queue.
  ///
  /// - Returns: The number of these jobs.
  package func cancel(_ study: StudyID) throws -> Int { try done(.cancel(study)) }

  /// Queues the study's failed jobs again.
  ///
  /// - Returns: The number of these jobs.
  package func retry(_ study: StudyID) throws -> Int { try done(.retry(study)) }

  /// All workers.
  package func workers() throws -> [WorkerStatus] {
    var all: [WorkerStatus] = []
    while true {
      guard case .workers(let page, let next) = try ask(.workers(from: all.count)) else {
        throw QueueClientError.unexpectedAnswer
      }
      all += page
      guard next != nil, !page.isEmpty else { return all }
    }
  }

  /// Sends a blob, unless the coordinator has it.
  package func upload(_ bytes: [UInt8]) throws {
    let digest = SHA256Digest.of(bytes)
    guard case .lacking(let lacking) = try ask(.lacking([digest])) else {
      throw QueueClientError.unexpectedAnswer
    }
    if lacking.isEmpty { return }
    var (offset, stuck) = (0, 0)
    while true {
      let chunk = Array(bytes[offset..<min(offset + Wire.chunkBytes, bytes.count)])
      let question = ClientMessage.upload(digest, offset: offset, totalBytes: bytes.count, bytes: chunk)
      guard case .uploaded(_, let received, let isStored) = try ask(question) else {
        throw QueueClientError.unexpectedAnswer
      }
      if isStored { return }
      stuck = received > offset ? 0 : stuck + 1
      guard stuck < 100, (0..<bytes.count).contains(received) else {
        throw QueueClientError.uploadStuck(digest)
      }
      offset = received
    }
  }

  /// Fetches a blob of the coordinator, in chunks, unless `store` has it.
  ///
  /// - Returns: The blob's path in the store, whose bytes have the digest.
  /// - Throws: `QueueError` of code `.unknownBlob` if the coordinator doesn't have it; `BlobError` if the bytes that
  ///   arrive don't have the digest, or can't be stored; what `ask` throws.
  package func download(_ digest: SHA256Digest, into store: BlobStore) throws -> String {
    if let path = store.path(of: digest) { return path }
    let path = store.newPath(of: digest)
    let file = try TemporaryFile(for: path)
    var hasher = SHA256Hasher()
    var (offset, size) = (0, Int?.none)
    while true {
      guard
        case .downloaded(digest, offset, let total, let bytes) = try ask(.download(digest, offset: offset))
      else { throw QueueClientError.unexpectedAnswer }
      guard total == size ?? total, bytes.count > 0 || offset == total else {
        throw BlobError.corrupt(digest)
      }
      size = total
      try file.append(bytes)
      hasher.update(bytes)
      offset += bytes.count
      if offset == total { break }
    }
    guard hasher.finalize() == digest else { throw BlobError.corrupt(digest) }
    try file.publish(mode: BlobStore.fileMode)
    return path
  }

  private func done(_ message: ClientMessage) throws -> Int {
    guard case .done(_, let jobs) = try ask(message) else { throw QueueClientError.unexpectedAnswer }
    return jobs
  }

  /// As many jobs as fit into one message, but one at least.
  private static func part(of jobs: [NewJob], from first: Int) -> [NewJob] {
    var (end, bytes) = (first, 0)
    while end < jobs.count, end - first < Wire.maximumSubmissionJobs {
      bytes += 4 + jobs[end].payload.count
      if bytes > Wire.maximumSubmissionBytes, end > first { break }
      end += 1
    }
    return Array(jobs[first..<end])
  }
}

extension QueueProgress {
  /// How far a study is, for a progress bar.
  package init(_ study: StudyStatus, workers: Int) {
    (queued, running) = (study.queued + study.total - study.received, study.running)
    (finished, failed, cancelled) = (study.finished, study.failed, study.cancelled)
    (self.workers, steps, stepsPerSecond) = (workers, study.steps, study.stepsPerSecond)
  }
}
