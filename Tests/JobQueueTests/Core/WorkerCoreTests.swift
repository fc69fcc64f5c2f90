import Digests
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

@Suite("Rules of a worker")
struct WorkerCoreTests {
  var core: WorkerCore
  var now = Instant(nanoseconds: 0)
  let first = CoreHarness.job(1)
  let second = CoreHarness.job(2)

  init() {
    let registration = Registration(
      worker: CoreHarness.worker(1), host: "", pid: 1, cores: 1, instructionSet: "", version: "")
    core = WorkerCore(registration, at: now)
  }

  private mutating func tell(_ event: WorkerCore.Event, after delay: Duration = .zero) -> [WorkerCore.Effect]
  {
    now = now + delay
    return core.handle(event, at: now)
  }

  private mutating func hear(_ message: CoordinatorMessage) -> [WorkerCore.Effect] { tell(.message(message)) }

  private func reference(_ number: Int, _ job: NewJob) -> AttemptReference {
    AttemptReference(attempt: AttemptID(number), job: job.id)
  }

  private mutating func startFirst() -> AttemptReference {
    _ = tell(.tick(progress: nil))
    _ = hear(.welcome(heartbeatSeconds: 1))
    let reference = reference(1, first)
    let effects = hear(.assign(reference, payload: first.payload, nil))
    #expect(effects == [.start(reference, payload: first.payload, nil)])
    return reference
  }

  @Test("It registers until it is welcome, then beats")
  mutating func registration() {
    func isRegistration(_ effects: [WorkerCore.Effect]) -> Bool {
      effects.contains { if case .send(.register) = $0 { true } else { false } }
    }
    #expect(isRegistration(tell(.tick(progress: nil))))
    #expect(!isRegistration(tell(.tick(progress: nil), after: .milliseconds(900))))
    #expect(isRegistration(tell(.tick(progress: nil), after: .milliseconds(100))))
    _ = hear(.welcome(heartbeatSeconds: 0.5))
    #expect(tell(.tick(progress: nil), after: .milliseconds(500)) == [.send(.heartbeat(Heartbeat()))])
    #expect(isRegistration(hear(.registerAgain)))
  }

  @Test("A result is said again until it is acknowledged")
  mutating func keepsResult() {
    let reference = startFirst()
    let result = CoreHarness.result()
    #expect(tell(.ended(.finished(result))) == [.send(.result(reference, result))])
    #expect(tell(.tick(progress: nil), after: .seconds(2)).contains(.send(.result(reference, result))))
    #expect(tell(.tick(progress: nil), after: .seconds(2)).contains(.send(.result(reference, result))))
    _ = hear(.acknowledge(reference))
    #expect(!tell(.tick(progress: nil), after: .seconds(2)).contains(.send(.result(reference, result))))
  }

  @Test("What is too large to send is not sent: the job fails, a checkpoint is dropped")
  mutating func tooLarge() {
    let registration = Registration(
      worker: CoreHarness.worker(1), host: "", pid: 1, cores: 1, instructionSet: "", version: "")
    var settings = WorkerCore.Settings()
    settings.maximumBytes = 3
    core = WorkerCore(registration, settings: settings, at: now)
    let reference = startFirst()
    let small = Checkpoint(step: 1, bytes: [1, 2, 3])
    #expect(tell(.checkpoint(small)) == [.send(.checkpoint(reference, small))])
    let effects = tell(.checkpoint(Checkpoint(step: 2, bytes: [1, 2, 3, 4])))
    #expect(!effects.contains { if case .send = $0 { true } else { false } })
    let message = "the result has 4 bytes; at most 3 can be sent"
    #expect(
      tell(.ended(.finished(CoreHarness.result([1, 2, 3, 4]))))
        == [.send(.failed(reference, .invalidJob, message: message))])
  }

  @Test("It names the attempt whose outcome it holds when it registers again")
  mutating func registersWithOutcome() {
    let reference = startFirst()
    _ = tell(.ended(.finished(CoreHarness.result())))
    guard case .send(.register(let registration)) = hear(.registerAgain).first else {
      Issue.record("no registration")
      return
    }
    #expect(registration.current == reference)
  }

  @Test("An assignment is run once, however often it is said")
  mutating func idempotentAssignment() {
    let reference = startFirst()
    let again = CoordinatorMessage.assign(reference, payload: first.payload, nil)
    #expect(hear(again) == [])
    let result = CoreHarness.result()
    _ = tell(.ended(.finished(result)))
    #expect(hear(again) == [.send(.result(reference, result))])
    _ = hear(.acknowledge(reference))
    #expect(hear(again) == [.send(.handBack(reference, nil, leaving: false))])
  }

  @Test("Another assignment means that the running attempt is not wanted")
  mutating func replacedAssignment() {
    let old = startFirst()
    let new = reference(2, second)
    #expect(hear(.assign(new, payload: second.payload, nil)) == [.interrupt])
    let checkpoint = Checkpoint(step: 3, bytes: [3])
    #expect(
      tell(.ended(.interrupted(checkpoint))) == [
        .send(.handBack(old, checkpoint, leaving: false)), .start(new, payload: second.payload, nil),
      ])
  }

  @Test("A payload that is not the job's is not run; a checkpoint that is damaged is left out")
  mutating func verifies() {
    _ = tell(.tick(progress: nil))
    let wrong = reference(1, first)
    guard case .send(.failed(wrong, .other, _)) = hear(.assign(wrong, payload: [9], nil)).first else {
      Issue.record("a wrong payload was taken")
      return
    }
    let right = reference(2, second)
    let damaged = Checkpoint(step: 4, digest: SHA256Digest.of([1]), bytes: [2])
    #expect(
      hear(.assign(right, payload: second.payload, damaged)).last
        == .start(right, payload: second.payload, nil))
  }

  @Test("It leaves when its job has come back and is acknowledged", arguments: [true, false])
  mutating func leave(isAcknowledged: Bool) {
    let reference = startFirst()
    #expect(tell(.leaveRequested) == [.interrupt])
    #expect(tell(.ended(.interrupted(nil))) == [.send(.handBack(reference, nil, leaving: true))])
    #expect(hear(.assign(self.reference(2, second), payload: second.payload, nil)) == [])
    if isAcknowledged {
      #expect(hear(.acknowledge(reference)) == [.send(.goodbye), .exit(.left)])
    } else {
      #expect(tell(.tick(progress: nil), after: .milliseconds(1_900)) == [])
      #expect(tell(.tick(progress: nil), after: .milliseconds(100)) == [.send(.goodbye), .exit(.left)])
    }
  }

  @Test("A job that does not stop costs the process")
  mutating func wouldNotStop() {
    let reference = startFirst()
    #expect(hear(.stop(reference, reason: "no")).contains(.interrupt))
    for _ in 0..<29 {
      _ = hear(.alive)
      #expect(!tell(.tick(progress: nil), after: .seconds(1)).contains(.exit(.jobWouldNotStop)))
    }
    #expect(tell(.tick(progress: nil), after: .seconds(1)).contains(.exit(.jobWouldNotStop)))
  }

  @Test("Silence of the coordinator: connects anew after 10 s, leaves after 60 s")
  mutating func silence() {
    _ = startFirst()
    var reconnects = 0
    for second in 1...60 {
      let effects = tell(.tick(progress: nil), after: .seconds(1))
      if effects.contains(.reconnect) { reconnects += 1 }
      #expect(effects.contains(.exit(.coordinatorUnreachable)) == (second == 60))
    }
    #expect(reconnects == 5)
  }
}
