import QueueCore
import QueueProtocol
import Synchronization

/// Where a coordinator leaves snapshots of its queue for others, only when they ask, and says how it is.
///
/// ```swift
/// let exchange = SnapshotExchange { snapshot in store.put(snapshot) }
/// configuration.snapshots = exchange      // of a Coordinator
/// exchange.request()                      // from any thread; soon the closure gets a snapshot
/// ```
package final class SnapshotExchange: Sendable {
  /// How a coordinator is.
  package enum Phase: Int, Sendable {
    /// It does not serve yet.
    case starting
    /// It serves workers and clients.
    case serving
    /// It waits until the journal can be written.
    case waitingForStorage
    /// It was told to stop; workers hand their jobs back.
    case stopping
    /// It serves no more.
    case ended
  }

  private let wanted = Atomic<Bool>(false)
  private let current = Atomic<Int>(Phase.starting.rawValue)
  private let lastSign: Atomic<Int64>
  private let clock = SystemTime()
  private let deliver: @Sendable (QueueSnapshot) -> Void

  /// - Parameter deliver: Gets each snapshot on the coordinator's thread, so it must not block.
  package init(deliver: @escaping @Sendable (QueueSnapshot) -> Void) {
    self.deliver = deliver
    lastSign = Atomic(clock.now.nanoseconds)
  }

  /// Asks for a snapshot; one comes within 0.6 s unless the coordinator is held up, and two are at least 0.5 s apart.
  /// Cheap.
  package func request() { wanted.store(true, ordering: .relaxed) }

  /// How the coordinator is.
  package var phase: Phase { Phase(rawValue: current.load(ordering: .acquiring)) ?? .ended }

  /// How long ago the coordinator's thread last came round; it does so several times a second unless the disk or the
  /// machine holds it up.
  package var sinceLastSign: Duration {
    clock.now - Instant(nanoseconds: lastSign.load(ordering: .relaxed))
  }

  /// A sign of life of the coordinator's thread.
  func show(_ phase: Phase) {
    current.store(phase.rawValue, ordering: .releasing)
    lastSign.store(clock.now.nanoseconds, ordering: .relaxed)
  }

  /// Whether somebody asked since the last call.
  func takeRequest() -> Bool { wanted.exchange(false, ordering: .relaxed) }

  func put(_ snapshot: QueueSnapshot) { deliver(snapshot) }
}

/// The state of a coordinator for its observers.
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
