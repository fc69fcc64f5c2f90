import Foundation
import Testing

/// The processes of `potline worker`.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkerSupervisionTests {
  /// The coordinator can't see the processes of another host: each tells of the one that it replaces.
  @Test(arguments: [1, 2])
  func aJobWhoseWorkersCrashIsSetAsideAfterThree(processes: Int) throws {
    let folder = try TestFolder()
    try folder.write(
      smallStudy(epochs: Pace.epochs(seconds: 60), members: 1), to: "study.yaml")
    let service = try QueueService(in: folder)
    try service.run("submit", "study.yaml")
    let workers = try service.workers("--processes", "\(processes)")
    var victims: Set<pid_t> = []
    while try service.study("s1")["failed"] as? Int == 0 {
      guard let victim = try service.atWork().keys.first(where: { !victims.contains($0) }) else {
        usleep(20_000)
        continue
      }
      #expect(RunningProgram.children(of: workers.pid).contains(victim))
      victims.insert(victim)
      // Two jobs, each three times, before the first of them is told of.
      try #require(victims.count <= 6)
      // A crash whose signal Swift's runtime doesn't catch.
      kill(victim, SIGSYS)
      try waitUntil("it has gone") { RunningProgram.hasGone(victim) }
    }
    let failures = try #require(try service.json("status", "s1") as? [String: Any])["failures"]
    let failure = try #require((failures as? [[String: Any]])?.first)
    let attempts = try #require(failure["attempts"] as? [[String: Any]])
    #expect(attempts.filter { $0["end"] as? String == "crash" }.count == 3, "\(attempts)")
    workers.signal(SIGTERM)
    #expect(try workers.wait(limit: 15).status == 0)
    #expect(victims.isDisjoint(with: workers.workers))
    try service.stop()
  }

  @Test func withoutASupervisorItIsOneProcess() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(members: 1), to: "study.yaml")
    let service = try QueueService(in: folder)
    let worker = try service.workers("--no-supervisor")
    try waitUntil("it has registered") { try service.workerCount() == 1 }
    let workers = try #require(try service.json("workers") as? [[String: Any]])
    #expect(workers.first?["pid"] as? Int == Int(worker.pid))
    #expect(worker.workers.isEmpty)
    try service.run("submit", "study.yaml")
    try service.run("wait", "s1", "--quiet")
    worker.signal(SIGTERM)
    #expect(try worker.wait().status == 0)
    for options in [["--processes", "2"], ["--supervised"], ["--lifeline", "5"]] {
      let refused = try service.workers(["--no-supervisor"] + options)
      #expect(try refused.wait().status == 64)
    }
    try service.stop()
  }

  /// A limit of time holds for a process that replaced another, too.
  @Test func theTimeLimitIsThatOfTheCommand() throws {
    let folder = try TestFolder()
    try folder.write(smallStudy(epochs: Pace.epochs(seconds: 60), members: 1), to: "study.yaml")
    let service = try QueueService(in: folder)
    try service.run("submit", "study.yaml")
    let start = Date()
    let worker = try service.workers("--processes", "1", "--time-limit", "12")
    try waitUntil("it works") { try service.atWork().count == 1 }
    let first = try #require(try service.atWork().keys.first)
    try waitUntil("some of the time is over") { Date().timeIntervalSince(start) > 5 }
    kill(first, SIGKILL)
    #expect(try worker.wait(limit: 30).status == 0)
    #expect(Date().timeIntervalSince(start) < 16)
    #expect(try service.study("s1")["failed"] as? Int == 0)
    try service.stop()
  }
}
