@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A worker process of the simulation: the real `WorkerCore` and a job that steps when it is told to.
struct SimulatedWorker {
  struct Running {
    let reference: AttemptReference
    let job: SimulatedJob
    var step: Int
    var isInterrupted = false
    var hangs: Bool
  }

  enum StepOutcome {
    case none
    case crashed
    case events([WorkerCore.Event])
  }

  let id: WorkerID
  /// Its results are wrong, each worker's in its own way.
  let lies: Bool
  var core: WorkerCore
  var peer: PeerID
  var running: Running?
  /// It is cut off from the coordinator until then.
  var partitionedUntil = Instant(nanoseconds: 0)

  init(id: WorkerID, peer: PeerID, lies: Bool, at now: Instant) {
    (self.id, self.lies) = (id, lies)
    self.peer = peer
    let registration = Registration(
      worker: id, host: "host", pid: 1, cores: 1, instructionSet: "none", version: "0")
    core = WorkerCore(registration, at: now)
  }

  var progress: StepProgress? {
    running.map { StepProgress(step: $0.step, totalSteps: Int($0.job.steps), loss: 1) }
  }

  mutating func start(
    _ reference: AttemptReference, _ payload: [UInt8], _ checkpoint: Checkpoint?, hangs: Bool
  ) {
    precondition(running == nil, "one job at a time")
    guard let job = SimulatedJob(payload: payload) else {
      preconditionFailure("a payload that nobody submitted")
    }
    if let checkpoint {
      precondition(checkpoint.bytes == job.state(after: checkpoint.step), "a false checkpoint")
    }
    running = Running(reference: reference, job: job, step: checkpoint?.step ?? 0, hangs: hangs)
  }

  /// One step of the job.
  mutating func step() -> StepOutcome {
    guard var work = running else { return .none }
    if work.hangs { return .none }
    func end(_ end: WorkerCore.AttemptResult) -> StepOutcome {
      running = nil
      return .events([.ended(end)])
    }
    if work.isInterrupted {
      return end(.interrupted(Checkpoint(step: work.step, bytes: work.job.state(after: work.step))))
    }
    if work.step >= 2 {
      switch work.job.kind {
      case .ordinary: break
      case .nonFiniteLoss:
        return end(.failed(JobFailure(.nonFiniteLoss, "the loss is not a number", details: [7])))
      case .invalid: return end(.failed(JobFailure(.invalidJob, "nonsense")))
      case .failing: return end(.failed(JobFailure(.other, "no")))
      case .crashing: return .crashed
      }
    }
    if work.step >= Int(work.job.steps) {
      let bytes = work.job.state(after: Int(work.job.steps)) + (lies ? Array(id.hex.utf8.prefix(4)) : [])
      return end(.finished(JobResult(bytes: bytes, seconds: 1, steps: Int(work.job.steps))))
    }
    work.step += 1
    running = work
    guard work.step % 5 == 0 else { return .none }
    return .events([.checkpoint(Checkpoint(step: work.step, bytes: work.job.state(after: work.step)))])
  }
}
