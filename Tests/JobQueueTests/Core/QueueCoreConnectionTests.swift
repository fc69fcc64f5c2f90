import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Rules of the queue for workers that come, go and come back")
struct QueueCoreConnectionTests {
  @Test("Who is unknown is asked to register", arguments: [true, false])
  func unknownSender(isIdle: Bool) throws {
    var harness = try CoreHarness(jobs: 1)
    let reference = AttemptReference(attempt: AttemptID(9), job: CoreHarness.job(0).id)
    try harness.say(1, .heartbeat(Heartbeat(current: isIdle ? nil : reference)))
    #expect(harness.effects == [.send(to: CoreHarness.peer(1), .registerAgain)])
  }

  @Test("A worker that comes back over another connection keeps its job")
  func reconnect() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.register(1, peer: 2, current: reference)
    #expect(harness.said(to: 2) == [.welcome(heartbeatSeconds: 1)])
    #expect(harness.core.progress.workers == 1)
    #expect(harness.ends.isEmpty)
    try harness.say(1, .heartbeat(Heartbeat()))
    #expect(harness.said(to: 1) == [.registerAgain])
  }

  @Test("A worker given up comes back in time and goes on with its attempt")
  func resume() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.wait(10)
    #expect(harness.core.progress.queued == 1)
    try harness.register(1, peer: 2, current: reference)
    #expect(harness.stored.last == .attemptResumed(reference))
    #expect(harness.assignment(to: 2) == nil)
    #expect(harness.core.progress.running == 1)
  }

  @Test("A worker given up that comes back too late is stopped")
  func tooLate() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let first = try #require(harness.assignment(to: 1))
    try harness.wait(10)
    try harness.register(2)
    try harness.register(1, peer: 3, current: first)
    #expect(harness.said(to: 3).contains { if case .stop(first, _) = $0 { true } else { false } })
    #expect(harness.assignment(to: 3) == nil)
  }

  @Test("An assignment that was lost is said again")
  func lostAssignment() throws {
    var harness = try CoreHarness(jobs: 1)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    try harness.wait(4, beating: [(1, nil, nil)])
    #expect(harness.assigned.isEmpty)
    try harness.wait(1, beating: [(1, nil, nil)])
    #expect(harness.assignment(to: 1) == reference)
    try harness.register(1, peer: 2)
    #expect(harness.assignment(to: 2) == reference)
    #expect(harness.ends.isEmpty)
  }

  @Test("A job handed back goes on from its checkpoint at another worker, and a leaving one gets no other")
  func handBack() throws {
    var harness = try CoreHarness(jobs: 2)
    try harness.register(1)
    let reference = try #require(harness.assignment(to: 1))
    let checkpoint = Checkpoint(step: 40, bytes: [4])
    try harness.say(1, .handBack(reference, checkpoint, leaving: true))
    #expect(harness.stored.contains(.checkpoint(reference, checkpoint, at: harness.now)))
    #expect(harness.ends == [.handedBack])
    #expect(harness.said(to: 1) == [.acknowledge(reference)])
    #expect(harness.assignment(to: 1) == nil)
    #expect(harness.core.progress.steps == 40)
    try harness.register(2)
    #expect(harness.assignment(to: 2)?.job == reference.job)
  }
}
