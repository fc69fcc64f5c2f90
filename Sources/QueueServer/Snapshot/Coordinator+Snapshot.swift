import QueueCore
import QueueProtocol

/// What a coordinator tells those who watch.
extension Coordinator {
  /// Two snapshots are at least so far apart.
  private static let snapshotInterval = Duration.milliseconds(500)

  /// Says that the coordinator lives, and leaves a snapshot if one was asked for. Costs two atomic stores otherwise.
  func showItself(at now: Instant) {
    guard let exchange = configuration.snapshots else { return }
    exchange.show(core.isLeaving ? .stopping : stall != nil ? .waitingForStorage : .serving)
    guard now >= snapshotDue, exchange.takeRequest() else { return }
    snapshotDue = now + Self.snapshotInterval
    exchange.put(snapshot(at: now))
  }

  private func snapshot(at now: Instant) -> QueueSnapshot {
    var counters = core.counters
    counters.messagesDropped = badMessages.count
    counters.connectionsRefused = configuration.access?.refusedConnections ?? 0
    counters.commits = commitTimes
    let studies = core.statusesForSnapshot()
    return QueueSnapshot(
      takenAt: now.secondsSince1970, startedAt: started.secondsSince1970, address: address,
      isLeaving: core.isLeaving, queue: queueStatus, cancelled: core.progress.cancelled, studies: studies,
      studiesLeftOut: core.studyCount - studies.count,
      workers: core.workerStatuses(from: 0, count: QueueSnapshot.maximumWorkers), losses: core.lossCurves,
      failures: core.failuresForSnapshot, ends: core.endsForSnapshot, counters: counters)
  }
}
