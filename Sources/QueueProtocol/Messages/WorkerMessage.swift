import Digests
import Foundation

/// One attempt and its job, as both sides speak of it.
package struct AttemptReference: Hashable, Sendable, Codable {
  /// The attempt.
  package var attempt: AttemptID
  /// Its job.
  package var job: JobID

  /// This attempt of this job.
  package init(attempt: AttemptID, job: JobID) { (self.attempt, self.job) = (attempt, job) }
}

/// A worker's description of itself at registration.
package struct Registration: Hashable, Sendable, Codable {
  /// The worker.
  package var worker: WorkerID
  /// Its host's name.
  package var host: String
  /// Its process id on that host.
  package var pid: Int
  /// The processors that it may use on the host.
  package var cores: Int
  /// The limit that decides their number, for display; nil for the host's own count, and in earlier versions.
  package var coresLimit: String?
  /// The SIMD instruction set of its kernels, for display.
  package var instructionSet: String
  /// The program's version, for display.
  package var version: String
  /// The newest format of jobs that it can run; nil if it doesn't say, as in earlier versions.
  package var jobFormat: Int?
  /// The worker process of the same host that this one replaces, if that failed by itself.
  package var replaces: ReplacedWorker?
  /// The attempt that it works at or holds an outcome of, if any.
  package var current: AttemptReference?

  /// A registration.
  package init(
    worker: WorkerID, host: String, pid: Int, cores: Int, coresLimit: String? = nil, instructionSet: String,
    version: String, jobFormat: Int? = nil,
    replaces: ReplacedWorker? = nil, current: AttemptReference? = nil
  ) {
    (self.worker, self.host, self.pid) = (worker, host, pid)
    (self.cores, self.coresLimit) = (cores, coresLimit)
    (self.instructionSet, self.version, self.current) = (instructionSet, version, current)
    (self.jobFormat, self.replaces) = (jobFormat, replaces)
  }
}

/// How far an attempt has come.
package struct StepProgress: Hashable, Sendable, Codable {
  /// The steps done.
  package var step: Int
  /// The steps of the whole job; 0 if not known.
  package var totalSteps: Int
  /// The loss, if it is known and finite.
  package var loss: Double?
  /// The number of the job's reports: the job is alive if it grows, also in work between steps.
  package var reports: Int

  /// Steps done, and steps in all.
  package init(step: Int, totalSteps: Int, loss: Double? = nil, reports: Int = 0) {
    (self.step, self.totalSteps, self.reports) = (step, totalSteps, reports)
    self.loss = loss.flatMap { $0.isFinite ? $0 : nil }
  }
}

/// A sign of life.
package struct Heartbeat: Hashable, Sendable, Codable {
  /// The attempt that runs; `nil` if none does.
  package var current: AttemptReference?
  /// Its progress; `nil` before its first step.
  package var progress: StepProgress?

  /// A sign of life of a worker that is at `current`.
  package init(current: AttemptReference? = nil, progress: StepProgress? = nil) {
    (self.current, self.progress) = (current, progress)
  }
}

/// The state of a job after a number of steps, from which training resumes.
package struct Checkpoint: Hashable, Sendable, Codable {
  /// The steps that are done.
  package var step: Int
  /// The digest of the checkpoint's bytes.
  package var digest: SHA256Digest
  /// The state; only the job knows what it means.
  package var bytes: [UInt8]

  /// A checkpoint and its digest. O(bytes).
  package init(step: Int, bytes: [UInt8]) {
    (self.step, self.bytes) = (step, bytes)
    digest = SHA256Digest.of(bytes)
  }

  /// Whether the bytes have the digest. O(bytes).
  package var isIntact: Bool { SHA256Digest.of(bytes) == digest }

  /// A checkpoint and a digest that may not fit.
  package init(step: Int, digest: SHA256Digest, bytes: [UInt8]) {
    (self.step, self.digest, self.bytes) = (step, digest, bytes)
  }

  private enum CodingKeys: CodingKey {
    case step, digest
  }

  /// Reads the header's part; the bytes come from a binary frame.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    step = try container.decode(Int.self, forKey: .step)
    digest = try container.decode(SHA256Digest.self, forKey: .digest)
    bytes = []
    guard (0...Wire.maximumSteps).contains(step) else { throw MessageError.badHeader("“step” out of range") }
  }

  /// Writes the header's part.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(step, forKey: .step)
    try container.encode(digest, forKey: .digest)
  }
}

/// The result of a job.
package struct JobResult: Hashable, Sendable {
  /// The digest of the result's bytes.
  package var digest: SHA256Digest
  /// The result; only the job knows what it means.
  package var bytes: [UInt8]
  /// The time that the attempt took, in seconds.
  package var seconds: Double
  /// The steps of the job.
  package var steps: Int

  /// A result and its digest. O(bytes).
  package init(bytes: [UInt8], seconds: Double, steps: Int) {
    self.init(digest: SHA256Digest.of(bytes), bytes: bytes, seconds: seconds, steps: steps)
  }

  /// Whether the bytes have the digest. O(bytes).
  package var isIntact: Bool { SHA256Digest.of(bytes) == digest }

  /// A result and a digest that may not fit.
  package init(digest: SHA256Digest, bytes: [UInt8], seconds: Double, steps: Int) {
    (self.digest, self.bytes, self.seconds, self.steps) = (digest, bytes, seconds, steps)
  }
}

/// A message from a worker to the coordinator.
package enum WorkerMessage: Hashable, Sendable {
  /// The first message of a connection.
  case register(Registration)
  /// Each second or so.
  case heartbeat(Heartbeat)
  /// The state from which the job can be carried on elsewhere.
  case checkpoint(AttemptReference, Checkpoint)
  /// The job is done; repeated until it is acknowledged.
  case result(AttemptReference, JobResult)
  /// The job can't be done; repeated until it is acknowledged.
  case failed(AttemptReference, JobFailure)
  /// The job is handed back; repeated until it is acknowledged. `leaving`: assign no other to this worker.
  case handBack(AttemptReference, Checkpoint?, leaving: Bool)
  /// Asks for the chunk of a blob that begins at `offset`.
  case fetch(SHA256Digest, offset: Int)
  /// The job that the worker has is its last: give it no other.
  case retire
  /// The last message of a worker.
  case goodbye

  /// Why a job failed.
  package enum FailureKind: String, Hashable, Sendable, Codable {
    /// The program that does the work crashed.
    case crash
    /// The loss became infinite or not a number.
    case nonFiniteLoss
    /// The job cannot be read.
    case invalidJob
    /// Anything else.
    case other

    package var endKind: AttemptEnd.Kind {
      switch self {
      case .crash: .crash
      case .nonFiniteLoss: .nonFiniteLoss
      case .invalidJob: .invalidJob
      case .other: .other
      }
    }
  }
}

extension WorkerMessage: WireMessage {
  package init(type: String, header: any Decoder, frames: [[UInt8]]) throws {
    switch type {
    case "register":
      try Envelope.check(frames, of: type, 0...0)
      self = .register(try Registration(from: header).validated())
    case "heartbeat":
      try Envelope.check(frames, of: type, 0...0)
      self = .heartbeat(try Heartbeat(from: header).validated())
    case "checkpoint":
      try Envelope.check(frames, of: type, 1...1)
      var checkpoint = try Checkpoint(from: header)
      checkpoint.bytes = frames[0]
      self = .checkpoint(try AttemptReference(from: header), checkpoint)
    case "result":
      try Envelope.check(frames, of: type, 1...1)
      let fields = try ResultFields(from: header).validated()
      self = .result(
        try AttemptReference(from: header),
        JobResult(digest: fields.digest, bytes: frames[0], seconds: fields.seconds, steps: fields.steps))
    case "failed":
      try Envelope.check(frames, of: type, 0...0)
      self = .failed(try AttemptReference(from: header), try FailedFields(from: header).failure())
    case "handBack":
      try Envelope.check(frames, of: type, 0...1)
      let fields = try HandBackFields(from: header)
      var checkpoint: Checkpoint?
      if let bytes = frames.first {
        checkpoint = try Checkpoint(from: header)
        checkpoint?.bytes = bytes
      }
      self = .handBack(try AttemptReference(from: header), checkpoint, leaving: fields.leaving)
    case "fetch":
      try Envelope.check(frames, of: type, 0...0)
      let fields = try FetchFields(from: header).validated()
      self = .fetch(fields.digest, offset: fields.offset)
    case "retire":
      try Envelope.check(frames, of: type, 0...0)
      self = .retire
    case "goodbye":
      try Envelope.check(frames, of: type, 0...0)
      self = .goodbye
    default:
      throw MessageError.unknownType(String(type.prefix(64)))
    }
  }

  package static func maximumFrameBytes(ofType type: String) -> Int { Wire.maximumOutcomeBytes }

  package var parts: (type: String, header: any Encodable, frames: [[UInt8]]) {
    switch self {
    case .register(let registration): ("register", registration, [])
    case .heartbeat(let heartbeat): ("heartbeat", heartbeat, [])
    case .checkpoint(let reference, let checkpoint):
      ("checkpoint", Headers(reference, checkpoint), [checkpoint.bytes])
    case .result(let reference, let result):
      (
        "result",
        Headers(reference, ResultFields(digest: result.digest, seconds: result.seconds, steps: result.steps)),
        [result.bytes]
      )
    case .failed(let reference, let failure): ("failed", Headers(reference, FailedFields(failure)), [])
    case .handBack(let reference, nil, let leaving):
      ("handBack", Headers(reference, HandBackFields(leaving: leaving)), [])
    case .handBack(let reference, let checkpoint?, let leaving):
      ("handBack", Headers(reference, HandBackFields(leaving: leaving), checkpoint), [checkpoint.bytes])
    case .fetch(let digest, let offset): ("fetch", FetchFields(digest: digest, offset: offset), [])
    case .retire: ("retire", NoFields(), [])
    case .goodbye: ("goodbye", NoFields(), [])
    }
  }
}

/// Several structs whose fields stand side by side in one header.
struct Headers: Encodable {
  private let all: [any Encodable]

  init(_ all: any Encodable...) { self.all = all }

  func encode(to encoder: any Encoder) throws {
    for fields in all { try fields.encode(to: encoder) }
  }
}

private struct ResultFields: Codable {
  var digest: SHA256Digest
  var seconds: Double
  var steps: Int

  func validated() throws -> ResultFields {
    guard seconds >= 0, (0...Wire.maximumSteps).contains(steps) else {
      throw MessageError.badHeader("“seconds” or “steps” out of range")
    }
    return self
  }
}

private struct FailedFields: Codable {
  var reason: WorkerMessage.FailureKind
  var message: String
  /// Base64; missing if there are none.
  var details: Data?

  init(_ failure: JobFailure) {
    (reason, message) = (failure.kind, Wire.cut(failure.message))
    details = failure.details.isEmpty ? nil : Data(failure.details)
  }

  func failure() throws -> JobFailure {
    let details = [UInt8](details ?? Data())
    guard details.count <= JobFailure.maximumDetailsBytes else {
      throw MessageError.badHeader(
        "“details” has \(details.count) bytes, more than \(JobFailure.maximumDetailsBytes)")
    }
    return JobFailure(reason, Wire.cut(message), details: details)
  }
}

private struct HandBackFields: Codable {
  var leaving: Bool
}

/// A wish for the chunk of a blob, by a worker or a client.
struct FetchFields: Codable {
  var digest: SHA256Digest
  var offset: Int

  func validated() throws -> FetchFields {
    guard offset >= 0 else { throw MessageError.badHeader("“offset” is negative") }
    return self
  }
}

extension Registration {
  fileprivate func validated() throws -> Registration {
    guard pid > 0, cores > 0 else { throw MessageError.badHeader("“pid” and “cores” must be positive") }
    let texts = [host, instructionSet, version, coresLimit ?? ""]
    guard texts.allSatisfy({ $0.utf8.count <= 255 }) else {
      throw MessageError.badHeader(
        "“host”, “instructionSet”, “version” or “coresLimit” is longer than 255 bytes")
    }
    return self
  }
}

extension Heartbeat {
  fileprivate func validated() throws -> Heartbeat {
    guard let progress else { return self }
    let counts = [progress.step, progress.totalSteps, progress.reports]
    guard counts.allSatisfy((0...Wire.maximumSteps).contains) else {
      throw MessageError.badHeader("“step”, “totalSteps” or “reports” out of range")
    }
    guard current != nil else { throw MessageError.badHeader("“progress” without “current”") }
    return self
  }
}
