import Digests
import FuzzSupport
import Testing

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// Peers that say what is well formed and makes no sense.
@Suite("Hostile peers", .timeLimit(.minutes(5)))
struct HostilePeerTests {
  @Test("Whatever peers say in whatever order, the queue stays in order", arguments: 0..<4)
  func nonsense(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var harness = try CoreHarness(jobs: 6)
    let jobs = (0..<7).map { CoreHarness.job($0) }
    func reference() -> AttemptReference {
      AttemptReference(
        attempt: AttemptID(Int.random(in: 1...12, using: &random)),
        job: (jobs.randomElement(using: &random) ?? jobs[0]).id)
    }
    func bytes() -> [UInt8] { [UInt8.random(in: 0...2, using: &random)] }
    func number() -> Int { [0, 1, 7, 1 << 40, Wire.maximumSteps].randomElement(using: &random) ?? 0 }
    func workerMessage() -> WorkerMessage {
      switch Int.random(in: 0..<12, using: &random) {
      case 0...3:
        var registration = Registration(
          worker: CoreHarness.worker(Int.random(in: 1...4, using: &random)), host: "h", pid: 1, cores: 1,
          instructionSet: "", version: "")
        if Bool.random(using: &random) { registration.current = reference() }
        return .register(registration)
      case 4, 5:
        let progress = StepProgress(step: number(), totalSteps: number(), reports: number())
        return .heartbeat(Heartbeat(current: reference(), progress: progress))
      case 6:
        return .checkpoint(reference(), Checkpoint(step: number(), digest: .of(bytes()), bytes: bytes()))
      case 7, 8:
        return .result(
          reference(), JobResult(digest: .of(bytes()), bytes: bytes(), seconds: 1e300, steps: number()))
      case 9: return .failed(reference(), .other, message: "")
      case 10: return .handBack(reference(), nil, leaving: Bool.random(using: &random))
      default:
        return [.goodbye, .retire, .fetch(.of(bytes()), offset: number())].randomElement(using: &random)
          ?? .goodbye
      }
    }
    func clientMessage() -> ClientMessage {
      let study = StudyID(Int.random(in: 1...9, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let first = Int.random(in: 0...3, using: &random)
        let some = Array(jobs.shuffled(using: &random).prefix(2))
        return .submit(
          Submission(
            id: SubmissionID(.of(bytes())), name: "n",
            priority: [0, 5, -5].randomElement(using: &random) ?? 0,
            isFresh: Bool.random(using: &random), total: first + some.count + first % 2, first: first,
            jobs: some))
      case 1: return .cancel(study)
      default: return .retry(study)
      }
    }
    for _ in 0..<6000 {
      let peer = CoreHarness.peer(Int.random(in: 1...5, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        harness.now = harness.now + .milliseconds(Int.random(in: 0...3000, using: &random))
        try harness.tell(.tick)
      case 1: try harness.tell(.client(from: peer, ClientCall(request: 1, clientMessage())))
      default: try harness.tell(.message(from: peer, workerMessage()))
      }
    }
    #expect(harness.core.studies.count < 20, "a submission is known by its id")
  }
}
