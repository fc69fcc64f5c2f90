import QueueProtocol

/// What happens because time went on.
extension QueueCore {
  mutating func checkDeadlines(at now: Instant) {
    for slot in workers.indices {
      guard let worker = workers[slot] else { continue }
      let silence = now - worker.lastHeard
      if silence >= settings.silenceLimit {
        note(.warning, "worker \(worker.id) on \(worker.registration.host) is silent and given up")
        remove(slot, AttemptEnd(.silent, "not heard for \(silence.wholeSeconds) s"), at: now)
        effects.append(.gaveUp(worker.id))
        continue
      }
      guard case .running(let lease) = worker.activity else { continue }
      let stall = now - lease.lastProgress
      if stall >= lease.stallLimit {
        let reference = AttemptReference(attempt: lease.attempt, job: jobs[lease.jobIndex].id)
        endLease(slot, AttemptEnd(.stuck, "no sign of work for \(stall.wholeSeconds) s"), at: now)
        setActivity(.stopping(reference), of: slot)
        stop(reference, at: worker.peer, "no sign of work for \(stall.wholeSeconds) s")
      } else if now - lease.lastConfirmed >= settings.assignmentRepeat {
        assignAgain(slot, at: now)
      }
    }
    skipAudits(at: now)
    giveOutJobs(at: now)
  }

  /// No more jobs are given out; workers are told to leave.
  mutating func startLeaving(at now: Instant, _ reason: String) {
    guard phase == .running else { return }
    phase = .leaving(until: now + settings.leaveLimit)
    note(.info, "\(reason); \(progress.workers) workers leave")
    for case .some(let worker) in workers {
      if worker.activity == .idle, let slot = slotOfWorker[worker.id] { setActivity(.leaving, of: slot) }
      effects.append(.send(to: worker.peer, .leave))
    }
  }

  /// Ends when no job is open, or after a request to stop: first all workers leave.
  mutating func finishIfDone(at now: Instant) {
    if phase == .running, !settings.keepsServing, receiving == 0, !jobs.isEmpty, progress.queued == 0,
      progress.running == 0
    {
      startLeaving(at: now, "no job is left to do")
    }
    guard case .leaving(let deadline) = phase, progress.workers == 0 || now >= deadline else { return }
    for slot in workers.indices where workers[slot] != nil {
      remove(slot, AttemptEnd(.coordinatorStopped, "it did not hand the job back in time"), at: now)
    }
    phase = .finished
    effects.append(.finished)
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int64 { components.seconds }
}
