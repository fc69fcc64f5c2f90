import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Rules of the queue for several studies")
struct StudyTests {
  private func jobs(_ numbers: ClosedRange<Int>) -> [NewJob] { numbers.map(CoreHarness.job) }

  private func serving() throws -> CoreHarness {
    var settings = QueueSettings()
    settings.keepsServing = true
    return try CoreHarness(jobs: 0, settings: settings)
  }

  /// Finishes what worker `number` has, and tells which job that was.
  private func finish(_ number: Int, _ harness: inout CoreHarness) throws -> JobID {
    let slot = try #require(harness.core.workers.slot(of: CoreHarness.worker(number)))
    guard case .running(let lease) = harness.core.workers[slot]?.activity else { throw CancellationError() }
    let job = harness.core.jobs[lease.jobIndex].id
    let reference = AttemptReference(attempt: lease.attempt, job: job)
    try harness.say(number, .result(reference, CoreHarness.result(Array(job.digest.bytes.prefix(4)))))
    return job
  }

  @Test("The highest priority comes first, then the study with the fewest running jobs, then the oldest")
  func order() throws {
    var harness = try serving()
    try harness.submit(jobs(0...3))
    try harness.submit(jobs(10...13))
    try harness.submit(jobs(20...20), priority: 5)
    for number in 1...5 { try harness.register(number) }
    let first = try (1...5).map { try finish($0, &harness) }
    let expected = [20, 0, 10, 1, 11].map { CoreHarness.job($0).id }
    #expect(first == expected)
    try harness.submit(jobs(30...31), priority: -1)
    let rest = try [1, 2, 3, 4, 1, 5].map { try finish($0, &harness) }
    #expect(Set(rest.prefix(4)) == Set([2, 12, 3, 13].map { CoreHarness.job($0).id }))
    #expect(Set(rest.suffix(2)) == Set([30, 31].map { CoreHarness.job($0).id }))
  }

  @Test("Studies share the jobs that are the same; what is finished is answered at once")
  func sharing() throws {
    var harness = try serving()
    try harness.submit(jobs(0...1))
    try harness.register(1)
    _ = try finish(1, &harness)
    let second = try harness.submit(jobs(0...2), priority: 1)
    let status = try #require(harness.core.status(of: second))
    #expect((status.finished, status.running, status.queued) == (1, 1, 1))
    #expect(try finish(1, &harness) == CoreHarness.job(1).id)
    #expect(harness.core.status(of: StudyID(1))?.state == .ended)
    _ = try finish(1, &harness)
    #expect(harness.core.status(of: second)?.state == .ended)
    #expect(harness.core.jobs.count == 3)
  }

  @Test("A fresh study trains finished jobs again, and the earlier study keeps its results")
  func fresh() throws {
    var harness = try serving()
    try harness.submit(jobs(0...0))
    try harness.register(1)
    let old = try #require(harness.assignment(to: 1))
    try harness.say(1, .result(old, CoreHarness.result([7])))
    let again = try harness.submit(jobs(0...0), isFresh: true)
    let new = try #require(harness.assignment(to: 1))
    #expect(new.job == old.job && new.attempt != old.attempt)
    #expect(harness.core.status(of: StudyID(1))?.state == .ended)
    #expect(harness.core.status(of: again)?.running == 1)
    // The first attempt's result is the first training's, also if it comes now.
    try harness.say(1, .result(old, CoreHarness.result([7])))
    #expect(harness.core.status(of: again)?.running == 1)
    try harness.say(1, .result(new, CoreHarness.result([7])))
    #expect(harness.core.status(of: again)?.finished == 1)
    #expect(harness.core.progress.finished == 2)
  }

  @Test(
    "A cancelled study's jobs leave the queue, and running ones are stopped, unless another study wants them")
  func cancel() throws {
    var harness = try serving()
    let first = try harness.submit(jobs(0...4))
    let second = try harness.submit(jobs(2...2))
    for number in 1...2 { try harness.register(number) }
    let running = try #require(harness.core.attempts(of: CoreHarness.job(0).id).last)
    #expect(try harness.ask(.cancel(first)) == .done(first, jobs: 4))
    let reference = AttemptReference(attempt: running.id, job: CoreHarness.job(0).id)
    #expect(harness.said(to: 1) == [.stop(reference, reason: "its study was cancelled")])
    #expect(harness.core.status(of: first)?.state == .cancelled)
    #expect(harness.core.status(of: second)?.running == 1)
    // What it brings now is dropped, and it gets the next job.
    try harness.say(1, .result(reference, CoreHarness.result()))
    #expect(harness.core.progress.finished == 0)
    #expect(harness.said(to: 1) == [.acknowledge(reference)])
    #expect(try harness.ask(.cancel(first)) == .done(first, jobs: 0))
    #expect(try finish(2, &harness) == CoreHarness.job(2).id)
    // Another study can ask for them again.
    try harness.submit(jobs(0...0))
    #expect(harness.core.progress.running == 1)
    #expect(harness.stored.contains { if case .jobReopened(position: 0, _) = $0 { true } else { false } })
  }

  @Test("Failed jobs are tried again, with no failure counted")
  func retry() throws {
    var harness = try serving()
    let study = try harness.submit(jobs(0...1))
    try harness.register(1)
    for _ in 0..<3 {
      try harness.say(1, .failed(try #require(harness.assignment(to: 1)), JobFailure(.other, "no")))
    }
    #expect(harness.core.status(of: study)?.failed == 1)
    _ = try finish(1, &harness)
    #expect(harness.core.status(of: study)?.state == .ended)
    #expect(try harness.ask(.retry(study)) == .done(study, jobs: 1))
    for _ in 0..<2 {
      try harness.say(1, .failed(try #require(harness.assignment(to: 1)), JobFailure(.other, "no")))
    }
    #expect(harness.core.status(of: study)?.running == 1)
    #expect(harness.core.attempts(of: CoreHarness.job(0).id).count == 6)
    _ = try finish(1, &harness)
    #expect(harness.core.status(of: study)?.finished == 2)
  }

  @Test("Parts of a submission may come twice, and come in their order")
  func parts() throws {
    var harness = try serving()
    let all = jobs(0...9)
    func part(_ first: Int, _ end: Int) -> ClientMessage {
      .submit(
        Submission(
          id: SubmissionID(.of([1])), name: "parts", total: 10, first: first, jobs: Array(all[first..<end])))
    }
    #expect(try harness.ask(part(0, 4)) == .submitted(StudyID(1), received: 4, finished: 0))
    #expect(try harness.ask(part(0, 4)) == .submitted(StudyID(1), received: 4, finished: 0))
    #expect(try harness.ask(part(8, 10)) == .submitted(StudyID(1), received: 4, finished: 0))
    #expect(harness.core.status(of: StudyID(1))?.state == .receiving)
    #expect(try harness.ask(part(4, 10)) == .submitted(StudyID(1), received: 10, finished: 0))
    #expect(harness.core.status(of: StudyID(1))?.state == .open)
    #expect(harness.core.progress.jobs == 10)
    guard
      case .problem(let problem) = try harness.ask(
        .submit(Submission(id: SubmissionID(.of([1])), name: "other", total: 11, jobs: all)))
    else { throw CancellationError() }
    #expect(problem.code == .badSubmission)
  }

  @Test("Who asks for a study that is not there is told so")
  func unknown() throws {
    var harness = try serving()
    for message in [ClientMessage.cancel(StudyID(7)), .retry(StudyID(7))] {
      guard case .problem(let problem) = try harness.ask(message) else { throw CancellationError() }
      #expect(problem.code == .unknownStudy && problem.description.contains("s7"))
    }
  }

  @Test("A queue that keeps serving does not end with its jobs, but when it is told to")
  func keepsServing() throws {
    var harness = try serving()
    try harness.submit(jobs(0...0))
    try harness.register(1)
    _ = try finish(1, &harness)
    try harness.wait(3, beating: [(1, nil, nil)])
    #expect(!harness.isFinished && harness.core.progress.workers == 1)
    try harness.tell(.shutdownRequested)
    #expect(harness.said(to: 1).contains(.leave))
    try harness.say(1, .goodbye)
    #expect(harness.isFinished)
    guard case .problem(let problem) = try harness.ask(.submit(Submission(name: "late", jobs: jobs(1...1))))
    else {
      throw CancellationError()
    }
    #expect(problem.code == .stopping)
  }

  @Test("A worker that says that its job is its last gets no other")
  func retire() throws {
    var harness = try serving()
    try harness.submit(jobs(0...1))
    try harness.register(1)
    try harness.say(1, .retire)
    _ = try finish(1, &harness)
    #expect(harness.assignment(to: 1) == nil)
    #expect(harness.core.progress.queued == 1)
  }

  @Test("While the journal cannot be written nothing is acknowledged or given out, and nobody is given up")
  func storage() throws {
    var harness = try serving()
    try harness.submit(jobs(0...1))
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.tell(.storageFailed("no space left"))
    let before = harness.stored.count
    try harness.say(1, .result(reference, CoreHarness.result()))
    #expect(harness.effects.isEmpty)
    try harness.register(2)
    #expect(harness.effects == [.send(to: CoreHarness.peer(2), .alive)])
    try harness.tell(.processEnded(CoreHarness.worker(1), .signaled(9)))
    try harness.wait(100)
    guard case .problem(let problem) = try harness.ask(.cancel(StudyID(1))) else { throw CancellationError() }
    #expect(problem.code == .storage)
    #expect(harness.stored.count == before && harness.core.progress.workers == 1)
    try harness.tell(.storageRecovered)
    #expect(harness.ends == [.workerGone])
    try harness.register(2)
    #expect(harness.assignment(to: 2)?.job == reference.job)
  }
}
