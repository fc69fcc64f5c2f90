import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Rules of audits")
struct AuditTests {
  private func harness(jobs: Int = 1, fraction: Double = 1) throws -> CoreHarness {
    var settings = QueueSettings()
    (settings.keepsServing, settings.auditFraction) = (true, fraction)
    return try CoreHarness(jobs: jobs, settings: settings)
  }

  private func answer(_ worker: Int, _ bytes: [UInt8], _ harness: inout CoreHarness) throws {
    let reference = try #require(harness.assignment(to: worker))
    try harness.say(worker, .result(reference, CoreHarness.result(bytes)))
  }

  @Test("A second worker trains the job from the start, and the same result finishes it")
  func passed() throws {
    var harness = try harness()
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.say(1, .checkpoint(reference, Checkpoint(step: 20, bytes: [2])))
    try harness.say(1, .result(reference, CoreHarness.result([7])))
    #expect(harness.said(to: 1) == [.acknowledge(reference)])
    #expect(harness.assignment(to: 1) == nil)
    #expect((harness.core.progress.finished, harness.core.progress.steps) == (0, 0))
    try harness.register(2)
    try answer(2, [7], &harness)
    #expect(harness.core.progress.finished == 1)
    #expect(harness.core.progress.auditsPassed == 1)
    #expect(harness.stored.contains(.confirmed(position: 0, at: harness.now)))
  }

  @Test(
    "Two results that differ are set aside; a third worker decides, and the loser gets no more jobs",
    arguments: [1, 2])
  func disputed(liar: Int) throws {
    var harness = try harness(jobs: 2)
    for worker in 1...3 { try harness.register(worker) }
    var brought: Set<Int> = []
    // Each job goes through the hands that it needs; the liar's bytes are its own.
    for _ in 0..<12 where harness.core.progress.finished < 2 {
      for worker in 1...3 {
        guard let slot = harness.core.workers.slot(of: CoreHarness.worker(worker)),
          case .running(let lease) = harness.core.workers[slot]?.activity
        else { continue }
        brought.insert(worker)
        let reference = AttemptReference(attempt: lease.attempt, job: harness.core.jobs[lease.jobIndex].id)
        try harness.say(worker, .result(reference, CoreHarness.result(worker == liar ? [66] : [7])))
      }
    }
    #expect(harness.core.progress.finished == 2 && brought == [1, 2, 3])
    #expect(harness.core.distrusted == [CoreHarness.worker(liar)])
    let right = CoreHarness.result([7]).digest
    #expect(harness.core.jobs.allSatisfy { $0.state == .finished(right) })
    let name = "\(CoreHarness.worker(liar))"
    #expect(harness.notes.contains { $0.level == .error && $0.text.contains(name) })
    try harness.submit([CoreHarness.job(50)])
    let slot = try #require(harness.core.workers.slot(of: CoreHarness.worker(liar)))
    #expect(harness.core.workers[slot]?.activity == .distrusted)
  }

  @Test("Three different results set the job aside, and nobody is blamed")
  func threeDiffer() throws {
    var harness = try harness()
    for worker in 1...3 {
      try harness.register(worker)
      try answer(worker, [UInt8(worker)], &harness)
    }
    #expect(harness.core.progress.failed == 1)
    #expect(harness.core.distrusted.isEmpty)
  }

  @Test("Without a second worker the result is taken after a minute, and people are told")
  func skipped() throws {
    var harness = try harness()
    try harness.register(1)
    try answer(1, [7], &harness)
    try harness.wait(59, beating: [(1, nil, nil)])
    #expect(harness.core.progress.finished == 0)
    try harness.wait(2, beating: [(1, nil, nil)])
    #expect(harness.core.progress.finished == 1)
    #expect(harness.core.progress.auditsSkipped == 1)
    let job = "\(CoreHarness.job(0).id)"
    #expect(harness.notes.last.map { $0.level == .warning && $0.text.contains(job) } == true)
  }

  @Test("The only result is not taken if its worker is no longer trusted")
  func onlyResultOfALiar() throws {
    var harness = try harness(jobs: 2)
    try harness.register(1)
    for _ in 0..<2 { try answer(1, [66], &harness) }
    try harness.register(2)
    try answer(2, [7], &harness)
    let other = try #require(harness.assignment(to: 2))
    try harness.register(3)
    try answer(3, [7], &harness)
    #expect(harness.core.distrusted == [CoreHarness.worker(1)] && harness.core.progress.finished == 1)
    for worker in 2...3 { try harness.say(worker, .goodbye) }
    try harness.wait(200, beating: [(1, nil, nil)])
    #expect(harness.core.progress.finished == 1 && harness.core.progress.queued == 1)
    // Another worker sets it right.
    for worker in 4...5 {
      try harness.register(worker)
      #expect(harness.assignment(to: worker)?.job == other.job)
      try answer(worker, [7], &harness)
    }
    let right = CoreHarness.result([7]).digest
    #expect(harness.core.jobs.allSatisfy { $0.state == .finished(right) })
  }

  @Test("Two different results without a third worker set the job aside")
  func undecided() throws {
    var harness = try harness()
    for worker in 1...2 {
      try harness.register(worker)
      try answer(worker, [UInt8(worker)], &harness)
    }
    try harness.wait(61, beating: [(1, nil, nil), (2, nil, nil)])
    #expect(harness.core.progress.failed == 1)
  }

  @Test("The same worker's result said twice is one result")
  func twice() throws {
    var harness = try harness()
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    for _ in 0..<2 { try harness.say(1, .result(reference, CoreHarness.result([7]))) }
    #expect(harness.core.progress.finished == 0)
    #expect(harness.said(to: 1) == [.acknowledge(reference)])
  }

  @Test("The digest chooses the jobs: always the same ones, about as many as the fraction says")
  func choice() throws {
    let core = try harness(jobs: 0, fraction: 0.25).core
    let jobs = (0..<1000).map { NewJob(payload: [UInt8($0 & 255), UInt8($0 >> 8)]).id }
    let chosen = jobs.filter(core.isAudited)
    #expect((200...300).contains(chosen.count))
    #expect(try jobs.filter(harness(jobs: 0, fraction: 0.25).core.isAudited) == chosen)
    #expect(try jobs.filter(harness(jobs: 0, fraction: 0.5).core.isAudited).count > chosen.count)
  }
}
