import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Workers that leave of their own accord")
struct WorkerLimitTests {
  private let start = Instant(nanoseconds: 0)

  private func worker(_ adjust: (inout WorkerCore.Settings) -> Void) -> WorkerCore {
    var settings = WorkerCore.Settings()
    adjust(&settings)
    let registration = Registration(
      worker: CoreHarness.worker(1), host: "h", pid: 1, cores: 1, instructionSet: "", version: "")
    var core = WorkerCore(registration, settings: settings, at: start)
    _ = core.handle(.tick(progress: nil), at: start)
    _ = core.handle(.message(.welcome(heartbeatSeconds: 1)), at: start)
    return core
  }

  private func assignment(_ number: Int) -> (AttemptReference, CoordinatorMessage) {
    let job = CoreHarness.job(number)
    let reference = AttemptReference(attempt: AttemptID(number), job: job.id)
    return (reference, .assign(reference, payload: job.payload, nil))
  }

  private func exit(_ effects: [WorkerCore.Effect]) -> WorkerExit? {
    for case .exit(let exit) in effects { return exit }
    return nil
  }

  @Test("After so many jobs it leaves, once the last result is acknowledged")
  func maximumJobs() {
    var core = worker { $0.maximumJobs = 2 }
    let (first, assignFirst) = assignment(1)
    #expect(!core.handle(.message(assignFirst), at: start).contains(.send(.retire)))
    _ = core.handle(.ended(.finished(CoreHarness.result())), at: start)
    #expect(exit(core.handle(.message(.acknowledge(first)), at: start)) == nil)
    let (last, assignLast) = assignment(2)
    #expect(core.handle(.message(assignLast), at: start).contains(.send(.retire)))
    #expect(exit(core.handle(.ended(.finished(CoreHarness.result())), at: start)) == nil)
    // The coordinator may not have heard that it takes no more.
    #expect(core.handle(.message(assignment(3).1), at: start).isEmpty)
    let end = core.handle(.message(.acknowledge(last)), at: start)
    #expect(exit(end) == .left && end.contains(.send(.goodbye)))
  }

  @Test("Without a job for so long it leaves")
  func idle() {
    var core = worker { $0.idleExit = .seconds(5) }
    let (reference, assign) = assignment(1)
    _ = core.handle(.message(assign), at: start)
    for second in 1...20 {
      let now = start + .seconds(second)
      _ = core.handle(.message(.alive), at: now)
      #expect(exit(core.handle(.tick(progress: nil), at: now)) == nil)
    }
    _ = core.handle(.ended(.finished(CoreHarness.result())), at: start + .seconds(20))
    _ = core.handle(.message(.acknowledge(reference)), at: start + .seconds(20))
    #expect(exit(core.handle(.tick(progress: nil), at: start + .seconds(24))) == nil)
    #expect(exit(core.handle(.tick(progress: nil), at: start + .seconds(25))) == .left)
  }

  @Test("Time in which the process was stopped is neither silence of the coordinator nor time without a job")
  func pause() {
    for pause in [true, false] {
      var core = worker { $0.idleExit = .seconds(30) }
      let now = start + .seconds(1000)
      if pause { _ = core.handle(.paused(.seconds(999)), at: now) }
      #expect(exit(core.handle(.tick(progress: nil), at: now)) == (pause ? nil : .coordinatorUnreachable))
      for second in 0...28 {
        _ = core.handle(.message(.alive), at: now + .seconds(second))
        #expect(exit(core.handle(.tick(progress: nil), at: now + .seconds(second))) == nil)
      }
      #expect(exit(core.handle(.tick(progress: nil), at: now + .seconds(30))) == (pause ? .left : nil))
    }
  }

  @Test("Before its time is over it takes no job, then hands back the one that it has and leaves")
  func timeLimit() {
    var core = worker { $0.timeLimit = .seconds(100) }
    let (reference, assign) = assignment(1)
    _ = core.handle(.message(assign), at: start)
    _ = core.handle(.message(.alive), at: start + .seconds(89))
    #expect(!core.handle(.tick(progress: nil), at: start + .seconds(89)).contains(.send(.retire)))
    #expect(core.handle(.tick(progress: nil), at: start + .seconds(90)).contains(.send(.retire)))
    #expect(core.handle(.tick(progress: nil), at: start + .seconds(95)).contains(.interrupt))
    let end = core.handle(.ended(.interrupted(nil)), at: start + .seconds(96))
    #expect(end.contains(.send(.handBack(reference, nil, leaving: true))))
    #expect(exit(core.handle(.message(.acknowledge(reference)), at: start + .seconds(96))) == .left)
  }
}
