import QueueProtocol

/// While the journal cannot be written nothing changes that it would have to keep: no job is given out, nothing is
/// acknowledged, nobody is given up. Workers hear that the coordinator lives, and so go on and say again what matters.
extension QueueCore {
  mutating func handleWithoutStorage(_ event: Event, at now: Instant) {
    switch event {
    case .message(let peer, .register), .message(let peer, .heartbeat):
      effects.append(.send(to: peer, .alive))
    case .message(let peer, .fetch(let digest, let offset)):
      if slotOfPeer[peer] != nil { effects.append(.sendChunk(to: peer, digest, offset: offset)) }
    case .message, .tick: break
    case .client(let peer, let call):
      if call.message.changesTheQueue {
        let problem = QueueProblem(
          .storage, "the coordinator cannot write its journal (\(storageProblem ?? "")); try again later")
        effects.append(.reply(to: peer, .problem(problem), request: call.request))
      } else {
        effects.append(.answer(to: peer, call))
      }
    case .processEnded, .submitted, .shutdownRequested: deferred.append(event)
    case .storageFailed(let problem): storageProblem = problem
    case .storageRecovered: recover(at: now)
    }
  }

  private mutating func recover(at now: Instant) {
    storageProblem = nil
    for slot in workers.indices where workers[slot] != nil {
      workers[slot]?.lastHeard = now
      guard case .running(var lease) = workers[slot]?.activity else { continue }
      (lease.lastProgress, lease.lastConfirmed) = (now, now)
      workers[slot]?.activity = .running(lease)
    }
    for place in auditGroups.indices { auditGroups[place].lastPossible = now }
    let waiting = deferred
    deferred = []
    for event in waiting { handleNormally(event, at: now) }
    finishIfDone(at: now)
  }
}
