import Digests
import FuzzSupport
import Glibc
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Rules of the queue")
struct QueueCoreTests {
  @Test("Jobs are given out in their order, one for each worker")
  func order() throws {
    var harness = try CoreHarness(jobs: 3)
    try harness.register(1)
    #expect(harness.assignment(to: 1)?.job == CoreHarness.job(0).id)
    #expect(harness.said(to: 1) == [.welcome(heartbeatSeconds: 1)])
    try harness.register(2)
    #expect(harness.assignment(to: 2)?.job == CoreHarness.job(1).id)
    #expect((harness.core.progress.queued, harness.core.progress.running) == (1, 2))
  }

  @Test("A job that is submitted twice is one job")
  func duplicates() throws {
    var harness = try CoreHarness(jobs: 3)
    try harness.submit([CoreHarness.job(1), CoreHarness.job(3)])
    #expect(harness.core.progress.jobs == 4)
    #expect(harness.stored.contains(.jobAdded(CoreHarness.job(3), position: 3, firstAttempt: 1)))
    #expect(harness.stored.last == .jobsJoined(StudyID(2), first: 0, positions: [1, 3]))
  }

  @Test("A result is stored, acknowledged, and followed by the next job")
  func result() throws {
    var harness = try CoreHarness(jobs: 2)
    try harness.register(1)
    let first = try #require(harness.assignment(to: 1))
    try harness.say(1, .result(first, CoreHarness.result()))
    #expect(harness.stored.contains(.result(first, CoreHarness.result(), at: harness.now)))
    #expect(harness.said(to: 1) == [.acknowledge(first)])
    #expect(harness.assignment(to: 1)?.job == CoreHarness.job(1).id)
    #expect(harness.core.progress.finished == 1)
    #expect(harness.core.progress.steps == 100)
  }

  @Test("When all jobs have ended the workers are told to leave, and then the queue has finished")
  func finish() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.say(1, .result(reference, CoreHarness.result()))
    #expect(harness.said(to: 1) == [.acknowledge(reference), .leave])
    #expect(!harness.isFinished)
    try harness.say(1, .goodbye)
    #expect(harness.isFinished)
    #expect(harness.core.progress.workers == 0)
  }

  @Test("A silent worker is given up after 10 s, not before, and its job leased again; nobody is blamed")
  func silence() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    try harness.wait(9)
    #expect(harness.ends.isEmpty)
    try harness.register(2)
    try harness.wait(1)
    #expect(harness.ends == [.silent])
    #expect(harness.effects.contains(.gaveUp(CoreHarness.worker(1))))
    #expect(harness.assignment(to: 2)?.job == CoreHarness.job(0).id)
    for _ in 0..<5 {
      try harness.wait(10)
      try harness.register(2)
    }
    #expect(harness.core.progress.failed == 0)
    #expect(harness.core.progress.jobs == 1)
  }

  @Test("Each attempt that is stuck has twice the time of the one before, so that a slow step ends at last")
  func patience() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    var reference = try #require(harness.assignment(to: 1))
    for (attempt, limit) in [120, 240, 480].enumerated() {
      try harness.wait(limit - 1, beating: [(1, reference, nil)])
      #expect(harness.ends.count == attempt)
      try harness.wait(1, beating: [(1, reference, nil)])
      try harness.say(1, .handBack(reference, nil, leaving: false))
      reference = try #require(harness.assignment(to: 1))
    }
    #expect(harness.ends == [.stuck, .stuck, .stuck])
  }

  @Test("A job that reports work which is no step is alive")
  func reportsWithoutSteps() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    for report in 1...300 {
      harness.now = harness.now + .seconds(1)
      let progress = StepProgress(step: 5, totalSteps: 5, reports: report)
      try harness.say(1, .heartbeat(Heartbeat(current: reference, progress: progress)))
      try harness.tell(.tick)
    }
    #expect(harness.ends.isEmpty)
  }

  @Test("A worker that beats but makes no step for 120 s is told to stop; it gets a job again when it has")
  func stuck() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.wait(1, beating: [(1, reference, 5)])
    try harness.wait(119, beating: [(1, reference, 5)])
    #expect(harness.ends.isEmpty)
    try harness.wait(1, beating: [(1, reference, 5)])
    #expect(harness.ends == [.stuck])
    #expect(harness.said(to: 1).contains(.stop(reference, reason: "no sign of work for 120 s")))
    #expect(harness.core.progress.queued == 1)
    try harness.beat(1, reference, step: 5)
    #expect(harness.core.progress.queued == 1)
    try harness.say(1, .handBack(reference, nil, leaving: false))
    #expect(harness.assignment(to: 1)?.job == reference.job)
  }

  @Test("A worker that makes steps is never stuck")
  func steps() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    for step in 1...4 { try harness.wait(100, beating: [(1, reference, step)]) }
    #expect(harness.ends.isEmpty)
    #expect(harness.core.progress.steps == 4)
  }

  @Test(
    "How a process ended decides who is to blame",
    arguments: [
      (ProcessStatus.signaled(11), true), (.signaled(7), true), (.signaled(4), true), (.signaled(8), true),
      (.signaled(6), true), (.exited(1), true), (.exited(139), true), (.signaled(9), false),
      (.signaled(15), false),
      (.signaled(2), false), (.signaled(1), false), (.exited(0), false), (.exited(70), false),
      (.exited(72), false),
    ])
  func processEnds(status: ProcessStatus, isCrash: Bool) throws {
    var harness = try CoreHarness(jobs: 1)
    for number in 1...3 {
      try harness.register(number)
      try harness.tell(.processEnded(CoreHarness.worker(number), status))
    }
    #expect(harness.ends == Array(repeating: isCrash ? .crash : .workerGone, count: 3))
    #expect(harness.core.progress.failed == (isCrash ? 1 : 0))
    #expect(harness.core.progress.queued == (isCrash ? 0 : 1))
  }

  @Test("A job whose workers are killed for lack of memory is set aside after three of them")
  func outOfMemory() throws {
    var harness = try CoreHarness(jobs: 1)
    for number in 1...3 {
      #expect(harness.core.progress.failed == 0)
      try harness.register(number)
      try harness.tell(.processEnded(CoreHarness.worker(number), .killedForMemory))
    }
    #expect(harness.ends == [.outOfMemory, .outOfMemory, .outOfMemory])
    #expect(harness.core.progress.failed == 1)
  }

  @Test("The supervisor of another host tells such an end by the next worker, of its own host alone")
  func outOfMemoryElsewhere() throws {
    var harness = try CoreHarness(jobs: 1)
    func registration(
      _ number: Int, host: String, killed: Int?, _ status: ProcessStatus = .killedForMemory
    ) -> WorkerMessage {
      .register(
        Registration(
          worker: CoreHarness.worker(number), host: host, pid: 1, cores: 1, instructionSet: "", version: "1",
          replaces: killed.flatMap { ReplacedWorker(CoreHarness.worker($0), endedWith: status) }))
    }
    try harness.say(1, registration(1, host: "a", killed: nil))
    try harness.say(2, registration(2, host: "b", killed: 1))
    #expect(harness.ends.isEmpty)
    try harness.say(3, registration(3, host: "a", killed: 1))
    #expect(harness.ends == [.outOfMemory])
    // A registration that is repeated counts once.
    try harness.say(3, registration(3, host: "a", killed: 1))
    #expect(harness.ends == [.outOfMemory])
    #expect(harness.core.progress.workers == 2)
    // So is a crash.
    try harness.say(4, registration(4, host: "b", killed: 2, .signaled(SIGSEGV)))
    #expect(harness.ends == [.outOfMemory, .crash])
    #expect(harness.core.progress.workers == 2)
  }

  @Test("After three failures a job is set aside with its history, and the others go on")
  func threeFailures() throws {
    var harness = try CoreHarness(jobs: 2)
    try harness.register(1)
    for _ in 0..<3 {
      let reference = try #require(harness.assignment(to: 1))
      #expect(reference.job == CoreHarness.job(0).id)
      try harness.say(1, .failed(reference, JobFailure(.other, "no")))
    }
    #expect(harness.core.progress.failed == 1)
    let history = try #require(harness.core.history(of: CoreHarness.job(0).id))
    #expect(history.split(separator: "\n").count == 4)
    #expect(history.contains("attempt 2 by worker \(CoreHarness.worker(1)) on host 1: other after 0.0 s: no"))
    #expect(
      harness.stored.contains { if case .jobFailed(position: 0, _, _) = $0 { true } else { false } }
    )
    #expect(harness.assignment(to: 1)?.job == CoreHarness.job(1).id)
  }

  @Test(
    "What would come again sets a job aside at once",
    arguments: [WorkerMessage.FailureKind.nonFiniteLoss, .invalidJob])
  func deterministicFailure(kind: WorkerMessage.FailureKind) throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.say(1, .failed(reference, JobFailure(kind, "")))
    #expect(harness.core.progress.failed == 1)
  }

  @Test("A result that does not have its digest counts as a failure and is not stored")
  func digestMismatch() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    let wrong = JobResult(digest: SHA256Digest.of([1]), bytes: [2], seconds: 1, steps: 1)
    try harness.say(1, .result(reference, wrong))
    #expect(harness.ends == [.digestMismatch])
    #expect(harness.core.progress.finished == 0)
    #expect(harness.core.attempts(of: reference.job).first?.end?.kind.countsAsFailure == true)
    #expect(harness.said(to: 1).contains(.acknowledge(reference)))
  }

  @Test("A second result is compared with the first, acknowledged, and not stored", arguments: [true, false])
  func secondResult(isEqual: Bool) throws {
    var harness = try CoreHarness(jobs: 2)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.say(1, .result(reference, CoreHarness.result([7])))
    let storedBefore = harness.stored.count
    harness.notes = []
    try harness.say(1, .result(reference, CoreHarness.result(isEqual ? [7] : [8])))
    #expect(harness.said(to: 1) == [.acknowledge(reference)])
    #expect(harness.stored.count == storedBefore)
    #expect(harness.notes.contains { $0.level == .error } == !isEqual)
  }

  @Test("A late result of an attempt that was given up is taken, and the other attempt stopped")
  func lateResult() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let first = try #require(harness.assignment(to: 1))
    try harness.wait(10)
    try harness.register(2)
    let second = try #require(harness.assignment(to: 2))
    try harness.say(1, .result(first, CoreHarness.result()))
    #expect(harness.core.progress.finished == 1)
    #expect(harness.said(to: 1) == [.acknowledge(first), .registerAgain])
    #expect(harness.said(to: 2).contains(.stop(second, reason: "another worker has finished the job")))
    #expect(harness.ends == [.silent, .superseded, .finished])
  }

  @Test("A checkpoint is stored if it is intact and not older than the last")
  func checkpoints() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    let before = harness.stored.count
    try harness.say(1, .checkpoint(reference, Checkpoint(step: 20, bytes: [2])))
    try harness.say(1, .checkpoint(reference, Checkpoint(step: 10, bytes: [1])))
    try harness.say(1, .checkpoint(reference, Checkpoint(step: 30, digest: SHA256Digest.of([9]), bytes: [3])))
    #expect(harness.stored.count == before + 1)
    #expect(harness.notes.last?.level == .warning)
  }

  @Test("A stop brings all jobs back; who does not answer is given up after 5 s")
  func shutdown() throws {
    var harness = try CoreHarness(jobs: 3)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.register(2)
    try harness.tell(.shutdownRequested)
    #expect(harness.said(to: 1) == [.leave] && harness.said(to: 2) == [.leave])
    try harness.say(1, .handBack(reference, nil, leaving: true))
    try harness.say(1, .goodbye)
    #expect(!harness.isFinished)
    try harness.register(3)
    #expect(harness.said(to: 3) == [.leave])
    try harness.wait(5)
    #expect(harness.isFinished)
    #expect(harness.ends == [.handedBack, .coordinatorStopped])
    #expect(harness.core.progress.queued == 3)
  }

  @Test("A job that loses its worker again and again is never set aside, but people are told")
  func losses() throws {
    var harness = try CoreHarness(jobs: 1)
    for number in 1...10 {
      try harness.register(number)
      try harness.tell(.processEnded(CoreHarness.worker(number), .signaled(9)))
    }
    #expect(harness.core.progress.queued == 1)
    let job = "\(CoreHarness.job(0).id)"
    #expect(harness.notes.contains { $0.level == .warning && $0.text.contains(job) })
  }

  @Test("A chunk is sent to a worker that asks, and counts as progress")
  func fetch() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let digest = SHA256Digest.of([1])
    for _ in 0..<30 {
      try harness.wait(9)
      try harness.say(1, .fetch(digest, offset: 5))
    }
    #expect(harness.effects == [.sendChunk(to: CoreHarness.peer(1), digest, offset: 5)])
    #expect(harness.ends.isEmpty)
  }

  @Test("A hundred thousand jobs and a thousand workers cost little each", .timeLimit(.minutes(5)))
  func scale() throws {
    var core = QueueCore()
    let now = Instant(nanoseconds: 0)
    let jobs = (0..<100_000).map { NewJob(payload: withUnsafeBytes(of: $0) { Array($0) }) }
    _ = core.handle(.submitted(Submission(name: "many", jobs: jobs)), at: now)
    var random = SplitMix64(seed: 1)
    var ready: [(PeerID, AttemptReference)] = []
    func collect(_ effects: [Effect]) {
      for case .assign(let peer, let reference, _) in effects { ready.append((peer, reference)) }
    }
    for number in 0..<1000 {
      let registration = Registration(
        worker: WorkerID(using: &random), host: "h", pid: 1, cores: 1, instructionSet: "", version: "")
      collect(
        core.handle(
          .message(from: PeerID([UInt8(number >> 8), UInt8(number & 255)]), .register(registration)), at: now)
      )
    }
    let result = CoreHarness.result()
    let start = ContinuousClock.now
    for _ in 0..<20_000 {
      let (peer, reference) = ready.removeLast()
      collect(core.handle(.message(from: peer, .result(reference, result)), at: now))
    }
    // Scans of all jobs at each event would take minutes.
    #expect(ContinuousClock.now - start < .seconds(15))
    #expect(core.progress.finished == 20_000 && core.progress.running == 1000)
    try core.checkInvariants()
  }
}
