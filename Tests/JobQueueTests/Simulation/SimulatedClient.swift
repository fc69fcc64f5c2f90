import FuzzSupport

@testable import QueueCore
@testable import QueueProtocol
@testable import QueueServer
@testable import QueueWorker

/// A study of the simulation and what its client does with it.
struct SimulatedStudy {
  var jobs: [SimulatedJob]
  var priority = 0
  var isFresh = false
  /// When it is submitted.
  var delay = Duration.zero
  /// The jobs of one part of the submission.
  var partSize = 100
  /// How long after the submission it is cancelled; `nil` if it is not.
  var cancelledAfter: Duration?
  /// How often its failed jobs are tried again.
  var retries = 0

  func submission(_ number: Int, first: Int) -> Submission {
    var random = SplitMix64(seed: UInt64(number))
    let id = SubmissionID(hex: WorkerID(using: &random).hex) ?? .random()
    return Submission(
      id: id, name: "study \(number)", priority: priority, isFresh: isFresh, total: jobs.count, first: first,
      jobs: jobs[first..<min(first + partSize, jobs.count)].map(\.new))
  }
}

/// A client that asks again until it is answered.
struct SimulatedClient {
  enum Phase: Hashable {
    case waiting
    case submitting(first: Int)
    case watching
    case cancelling
    case retrying
    case done
  }

  let plan: SimulatedStudy
  let number: Int
  var phase = Phase.waiting
  var study: StudyID?
  var request = 0
  var retriesLeft: Int
  /// When it was last asked, so that a question is asked again.
  var cancelAt: Instant?
  /// The client was told that it has ended.
  var lastStatus: StudyStatus?

  init(plan: SimulatedStudy, number: Int) {
    (self.plan, self.number) = (plan, number)
    retriesLeft = plan.retries
  }

  var isDone: Bool { phase == .done }
  var peer: PeerID { PeerID([255, UInt8(number)]) }

  /// What it asks now.
  var question: ClientMessage? {
    switch phase {
    case .waiting, .done: nil
    case .submitting(let first): .submit(plan.submission(number, first: first))
    case .watching: study.map { .status($0, from: 0) }
    case .cancelling: study.map { .cancel($0) }
    case .retrying: study.map { .retry($0) }
    }
  }

  mutating func hear(_ reply: ClientReply, at now: Instant) throws {
    switch (phase, reply) {
    case (.submitting, .submitted(let id, let received, _)):
      study = id
      if received < plan.jobs.count {
        phase = .submitting(first: received)
      } else {
        phase = .watching
        cancelAt = plan.cancelledAfter.map { now + $0 }
      }
    case (.submitting, .problem(let problem)) where problem.code == .badSubmission:
      // The coordinator died before it had committed the first part.
      phase = .submitting(first: 0)
    case (.watching, .status(let statuses, _, _, _)):
      guard let status = statuses.first else { return }
      lastStatus = status
      if let cancelAt, now >= cancelAt, plan.cancelledAfter != nil {
        phase = .cancelling
      } else if status.hasEnded {
        if status.failed > 0, retriesLeft > 0 { phase = .retrying } else if cancelAt == nil { phase = .done }
      }
    case (.cancelling, .done): phase = .done
    case (.retrying, .done):
      retriesLeft -= 1
      phase = .watching
    case (_, .problem(let problem)) where problem.code == .storage: break
    case (_, .problem(let problem)): throw problem
    default: break
    }
  }
}

extension SimulatedWorld {
  mutating func clientActs(_ number: Int) {
    clients[number].phase = .submitting(first: 0)
    clientAsks(number)
  }

  /// Asks, and asks again in a while if there has been no answer.
  mutating func clientAsks(_ number: Int) {
    guard let question = clients[number].question else { return }
    clients[number].request += 1
    let call = ClientCall(request: clients[number].request, question)
    deliver(.toCoordinator(clients[number].peer, .client(call)))
    plan(.clientAsks(number), after: .seconds(3))
  }

  mutating func clientHears(_ number: Int, _ answer: ClientAnswer) {
    // An answer to an earlier question says nothing about this one.
    guard answer.request == clients[number].request else { return }
    clients[number].request += 1
    do {
      try clients[number].hear(answer.reply, at: now)
    } catch {
      notes.append(Note(.error, "client \(number): \(error)"))
      clients[number].phase = .done
    }
  }
}
