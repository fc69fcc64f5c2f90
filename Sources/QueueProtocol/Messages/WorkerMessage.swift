import Digests

/// One attempt and its job, as both sides speak of it.
package struct AttemptReference: Hashable, Sendable, Codable {
  /// The attempt.
  package var attempt: AttemptID
  /// Its job.
  package var job: JobID

  /// This attempt of this job.
  package init(attempt: AttemptID, job: JobID) { (self.attempt, self.job) = (attempt, job) }
}

/// What a worker tells of itself when it registers.
package struct Registration: Hashable, Sendable, Codable {
  /// The worker.
  package var worker: WorkerID
  /// Its host's name.
  package var host: String
  /// Its process id on that host.
  package var pid: Int
  /// The cores that the host has.
  package var cores: Int
  /// The SIMD instruction set that it trains with, for people.
  package var instructionSet: String
  /// The program's version, for people.
  package var version: String
  /// The attempt that it works at or holds an outcome of, if any.
  package var current: AttemptReference?

  /// A registration.
  package init(
    worker: WorkerID, host: String, pid: Int, cores: Int, instructionSet: String, version: String,
    current: AttemptReference? = nil
  ) {
    (self.worker, self.host, self.pid, self.cores) = (worker, host, pid, cores)
    (self.instructionSet, self.version, self.current) = (instructionSet, version, current)
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
  /// How often the job has reported: it lives if this grows, also in work that is no step.
  package var reports: Int

  /// So many steps of so many.
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

/// The state of a job after so many steps, from which it can be carried on.
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

  /// Whether the bytes are those that the digest was made of. O(bytes).
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

  /// Whether the bytes are those that the digest was made of. O(bytes).
  package var isIntact: Bool { SHA256Digest.of(bytes) == digest }

  /// A result and a digest that may not fit.
  package init(digest: SHA256Digest, bytes: [UInt8], seconds: Double, steps: Int) {
    (self.digest, self.bytes, self.seconds, self.steps) = (digest, bytes, seconds, steps)
  }
}

/// What a worker says to the coordinator.
package enum WorkerMessage: Hashable, Sendable {
  /// The first message of a connection.
  case register(Registration)
  /// Each second or so.
  case heartbeat(Heartbeat)
  /// The state from which the job can be carried on elsewhere.
  case checkpoint(AttemptReference, Checkpoint)
  /// The job is done; said again until it is acknowledged.
  case result(AttemptReference, JobResult)
  /// The job cannot be done; said again until it is acknowledged.
  case failed(AttemptReference, FailureKind, message: String)
  /// The job is given back; said again until it is acknowledged. `leaving`: give this worker no other.
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
