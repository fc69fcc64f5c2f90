@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// What a world that has come to its end must look like.
struct SimulationVerdict {
  private(set) var problems: [String] = []
  private let world: SimulatedWorld

  init(_ world: SimulatedWorld) {
    self.world = world
    if !world.isFinished { problems.append("it does not end: \(world.unfinished)") }
    for note in world.notes where note.text.hasPrefix("client ") { problems.append(note.text) }
    for (number, client) in world.clients.enumerated() { check(client, number) }
    for position in world.acknowledged {
      do { try world.checkKept(position) } catch { problems.append("\(error)") }
    }
    for job in world.journal.jobs { check(job) }
  }

  private mutating func check(_ client: SimulatedClient, _ number: Int) {
    guard let id = client.study, let study = world.journal.studies.first(where: { $0.id == id }) else {
      // A queue that ends by itself may do so before a client has its answer.
      if world.setup.settings.keepsServing { problems.append("study of client \(number) is lost") }
      return
    }
    if study.jobs.count != study.total, !study.isCancelled { problems.append("jobs of \(id) are lost") }
    if study.isCancelled != (client.plan.cancelledAfter != nil) { problems.append("\(id) cancelled or not") }
    if study.isCancelled { return }
    for (place, index) in study.jobs.enumerated() {
      let job = world.journal.jobs[Int(index)]
      if job.stored.id != client.plan.jobs[place].new.id { problems.append("\(id) has another's job") }
      switch job.stored.state {
      case .finished, .failed: break
      case .open, .cancelled: problems.append("a job of \(id) is \(job.stored.state)")
      }
    }
  }

  private mutating func check(_ job: ModelJournal.Job) {
    guard let simulated = SimulatedJob(payload: job.payload) else { return problems.append("a foreign job") }
    let kinds = job.attempts.filter { $0.id.number > job.stored.forgivenUpTo }.compactMap { $0.end?.kind }
    switch job.stored.state {
    case .finished(let digest):
      let bytes = simulated.state(after: Int(simulated.steps))
      if job.result?.bytes != bytes || job.result?.digest != digest {
        problems.append("job \(simulated) has a wrong result")
      }
      if simulated.kind != .ordinary { problems.append("job \(simulated) has a result") }
    case .failed:
      let counted = kinds.count { $0.countsAsFailure }
      let isRight = kinds.contains { $0.isDeterministic } || counted == 3
      let isDispute = job.reason?.contains("different results") == true && world.setup.hasLiar
      if !isRight, !isDispute { problems.append("job \(simulated) failed without reason: \(job.attempts)") }
    case .open, .cancelled: break
    }
  }
}

extension SimulatedWorld {
  var unfinished: String {
    let clients = clients.filter { !$0.isDone }.map { "client \($0.number) is \($0.phase)" }
    let jobs = coordinator?.jobs.filter(\.isOpen).map(\.history) ?? ["there is no coordinator"]
    return (clients + jobs).joined(separator: "\n")
  }
}
