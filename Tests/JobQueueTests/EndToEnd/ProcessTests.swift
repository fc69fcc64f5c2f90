import Foundation
import QueueTestSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Real worker processes", .timeLimit(.minutes(3)), .serialized)
struct ProcessTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func kinds(_ job: ToyJob, _ journal: Journal) throws -> [AttemptEnd.Kind?] {
    try journal.attempts(of: JobID(ofPayload: job.payload)).map { $0.end?.kind }
  }

  private func results(_ journal: Journal) throws -> [JobID: [UInt8]] {
    var results: [JobID: [UInt8]] = [:]
    try journal.forEachFinishedJob { results[$0.id] = $0.result.bytes }
    return results
  }

  private func long(_ name: String, steps: Int = 300) -> ToyJob {
    var job = ToyJob(name, steps: steps, pause: 5)
    job.trace = folder.file("trace")
    return job
  }

  private func storedStep(_ job: ToyJob, _ journal: Journal) throws -> Int {
    try journal.assignment(of: JobID(ofPayload: job.payload)).checkpoint?.step ?? 0
  }

  @Test("A worker killed in mid-job: the job goes on from its checkpoint, and nobody is blamed")
  func killedWorker() throws {
    let job = long("killed")
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job], supervised: 1)
    try eventually("no checkpoint") { try storedStep(job, coordinator.journal) > 20 }
    let worker = try #require(children(of: getpid()).first { isTestWorker($0, of: coordinator.address) })
    kill(worker, SIGKILL)
    #expect(try coordinator.outcome.value().progress.finished == 1)
    #expect(try results(coordinator.journal)[JobID(ofPayload: job.payload)] == job.result)
    #expect(try kinds(job, coordinator.journal) == [.workerGone, .finished])
    let starts = folder.lines("trace").compactMap { Int($0) }
    #expect(starts.count == 2 && starts[0] == 0 && starts[1] > 20)
    #expect(!isAlive(worker))
  }

  @Test("A coordinator killed: its workers register with the next one and keep their jobs")
  func killedCoordinator() throws {
    let job = long("kept", steps: 600)
    // The first coordinator is only needed for a free port, and to store the job.
    let address: String
    do {
      let first = try RunningCoordinator(folder: folder, jobs: [job])
      address = first.address
      first.stop.requestStop()
      _ = try first.outcome.value()
    }
    let second = try WorkerProgram("run", folder.path, address, "0")
    let worker = try WorkerProgram("worker", address)
    eventually("the job did not start") { !folder.lines("trace").isEmpty }
    second.send(SIGKILL)
    eventually("the coordinator lives") { !second.isRunning }
    #expect(worker.isRunning)
    let third = try RunningCoordinator(folder: folder, jobs: [job], address: address)
    #expect(try third.outcome.value().progress.finished == 1)
    eventually("the worker did not leave") { !worker.isRunning }
    #expect(worker.exitCode == 0)
    #expect(folder.lines("trace") == ["0"])
    #expect(try kinds(job, third.journal) == [.finished])
    #expect(try results(third.journal)[JobID(ofPayload: job.payload)] == job.result)
  }

  @Test("SIGTERM: the worker hands its job back with a checkpoint and leaves within 3 s")
  func terminatedWorker() throws {
    let job = long("handed back", steps: 600)
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job])
    let worker = try WorkerProgram("worker", coordinator.address)
    eventually("no steps") { coordinator.progress().steps > 0 }
    let before = ContinuousClock.now
    // As from a scheduler, which signals a whole process tree, and a script in it that passes its signal on.
    for signal in [SIGTERM, SIGINT, SIGHUP] { worker.send(signal) }
    eventually("the worker did not leave") { !worker.isRunning }
    #expect(ContinuousClock.now - before < .seconds(3))
    #expect(worker.exitCode == 0)
    let next = startWorker(coordinator.address)
    #expect(try coordinator.outcome.value().progress.finished == 1)
    _ = try next.value()
    #expect(try kinds(job, coordinator.journal) == [.handedBack, .finished])
    let starts = folder.lines("trace").compactMap { Int($0) }
    #expect(starts.count == 2 && starts[1] > 0)
  }

  @Test("A second signal ends a worker at once")
  func secondSignal() throws {
    var job = ToyJob("hangs")
    (job.act, job.trace) = ("hang", folder.file("trace"))
    var settings = QueueSettings()
    settings.leaveLimit = .milliseconds(200)
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job], settings: settings)
    let worker = try WorkerProgram("worker", coordinator.address)
    eventually("the job did not start") { !folder.lines("trace").isEmpty }
    // Those of the first second count as one; the job would be waited for longer.
    eventually("the worker did not leave") {
      worker.send(SIGINT)
      return !worker.isRunning
    }
    #expect(worker.exitCode == WorkerExit.leftAtOnce.rawValue)
    coordinator.stop.requestStop()
    _ = try coordinator.outcome.value()
  }

  @Test(
    "A job that crashes three times is set aside with its history while the others finish",
    arguments: ["crash", "exit"])
  func crashes(act: String) throws {
    var bad = ToyJob("bad", steps: 20)
    (bad.act, bad.at) = (act, 3)
    let good = (0..<4).map { ToyJob("good \($0)", steps: 30, pause: 5) }
    let coordinator = try RunningCoordinator(folder: folder, jobs: [bad] + good, supervised: 2)
    let outcome = try coordinator.outcome.value()
    #expect((outcome.progress.finished, outcome.progress.failed) == (4, 1))
    #expect(try kinds(bad, coordinator.journal) == [.crash, .crash, .crash])
    let failed = try #require(coordinator.journal.failedJobs().first)
    #expect(failed.reason.contains("3 attempts failed"))
    #expect(failed.reason.contains(act == "crash" ? "signal 11" : "exit code 3"))
    #expect(Set(failed.attempts.map(\.worker)).count == 3)
  }

  @Test("A job that makes no step is given up, its worker is replaced, and the job is done")
  func stuckWorker() throws {
    var job = ToyJob("hangs once", steps: 10)
    (job.act, job.at, job.once) = ("hang", 5, folder.file("acted"))
    var settings = QueueSettings()
    settings.stallLimit = .seconds(3)
    settings.heartbeatInterval = .milliseconds(200)
    let coordinator = try RunningCoordinator(folder: folder, jobs: [job], supervised: 1, settings: settings)
    #expect(try coordinator.outcome.value().progress.finished == 1)
    #expect(try kinds(job, coordinator.journal) == [.stuck, .finished])
  }

  @Test("A supervisor killed leaves no worker behind")
  func killedSupervisor() throws {
    let coordinator = try RunningCoordinator(folder: folder, jobs: [long("on the way", steps: 60_000)])
    let supervisor = try WorkerProgram("supervise", coordinator.address, "3")
    eventually("no workers") { coordinator.progress().workers == 3 }
    let workers = children(of: supervisor.pid)
    #expect(workers.count == 3)
    supervisor.send(SIGKILL)
    eventually("workers were left behind") { !workers.contains(where: isAlive) }
    coordinator.stop.requestStop()
    _ = try coordinator.outcome.value()
  }

  @Test("A program whose workers end at once is an error, not a loop without end")
  func brokenProgram() throws {
    var configuration = Supervisor.Configuration(
      command: WorkerCommand(executable: "/bin/false", arguments: []), count: 2)
    configuration.firstPause = .milliseconds(1)
    configuration.longestPause = .milliseconds(2)
    let supervisor = try Supervisor(configuration, log: quiet)
    let error = #expect(throws: SupervisorError.self) {
      let deadline = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < deadline {
        _ = try supervisor.poll()
        usleep(1_000)
      }
    }
    guard case .workersEndAtOnce(let deaths, .exited(1)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(deaths > 10 && deaths < 14)
    configuration.command.executable = "/no/such/program"
    let absent = try Supervisor(configuration, log: quiet)
    #expect(throws: SupervisorError.cannotStart(executable: "/no/such/program", code: ENOENT)) {
      try absent.poll()
    }
  }

  private func isTestWorker(_ pid: pid_t, of address: String) -> Bool {
    let command = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
    return command?.contains("queue-test-worker") == true && command?.contains(address) == true
  }
}
