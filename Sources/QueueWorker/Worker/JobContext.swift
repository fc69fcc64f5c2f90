import Digests
import QueueProtocol
import Synchronization
import ZeroMQ

/// A runner's access to its worker while it runs a job. Every member may be used from any thread.
package final class JobContext: Sendable {
  /// How often `checkpointDue` becomes true.
  package let checkpointInterval: Duration

  private let lastCheckpoint: Mutex<SuspendingClock.Instant>
  private let stopFlag = Atomic<Bool>(false)
  private let progress = Mutex<StepProgress?>(nil)
  private let outbox: WorkerOutbox
  private let blobs: BlobFetcher?
  /// Kept in the cache until the job has ended.
  private let usedBlobs = Mutex<[CachedBlob]>([])

  init(checkpointInterval: Duration, outbox: WorkerOutbox, blobs: BlobFetcher?) {
    self.checkpointInterval = checkpointInterval
    self.outbox = outbox
    self.blobs = blobs
    lastCheckpoint = Mutex(.now)
  }

  /// Whether the job is to stop soon: throw `JobInterrupted`, with a checkpoint if there is time for one.
  /// The process may be ended 2 s after this becomes true. Cheap: one atomic load.
  package var shouldStop: Bool { stopFlag.load(ordering: .relaxed) }

  /// Whether `checkpointInterval` has passed since the job began or last offered a checkpoint. Cheap: a clock is read.
  package var checkpointDue: Bool {
    lastCheckpoint.withLock { SuspendingClock.now - $0 >= checkpointInterval }
  }

  /// Says how far the job is; the next heartbeat tells the coordinator. A job that is to be known as alive reports
  /// at least every 120 s. Cheap: a lock that is rarely contended.
  ///
  /// - Parameters:
  ///   - step: The steps done.
  ///   - totalSteps: The steps of the whole job; 0 if not known.
  ///   - loss: The loss, if known.
  package func report(step: Int, totalSteps: Int, loss: Double? = nil) {
    progress.withLock {
      let reports = ($0?.reports ?? 0) + 1
      $0 = StepProgress(step: max(0, step), totalSteps: max(0, totalSteps), loss: loss, reports: reports)
    }
  }

  /// Sends the state after `step` steps to the coordinator, from which the job can be carried on elsewhere.
  /// O(bytes); one that has not been sent yet is replaced.
  package func offer(checkpoint: [UInt8], step: Int) {
    lastCheckpoint.withLock { $0 = .now }
    outbox.put(Checkpoint(step: max(0, step), bytes: checkpoint))
  }

  /// The path of the blob with this digest, fetched from the coordinator unless this host has it already. To be read or
  /// mapped read-only; it stays until the job has ended.
  ///
  /// - Throws: `BlobError`; `JobInterrupted` if the job is to stop meanwhile.
  package func blob(_ digest: SHA256Digest) throws -> String {
    guard let blobs else { throw BlobError.noCacheFolder }
    let blob = try blobs.fetch(digest, isStopped: { shouldStop })
    usedBlobs.withLock { $0.append(blob) }
    return blob.path
  }

  var latestProgress: StepProgress? { progress.withLock { $0 } }

  func requestStop() { stopFlag.store(true, ordering: .relaxed) }
}

/// Messages from the training thread to the I/O thread.
final class WorkerOutbox: Sendable {
  struct Contents: Sendable {
    var checkpoint: Checkpoint?
    var fetch: BlobRequest?
    var end: WorkerCore.AttemptResult?
  }

  private let contents = Mutex(Contents())
  private let waker: Waker

  init(waker: Waker) { self.waker = waker }

  func put(_ checkpoint: Checkpoint) { change { $0.checkpoint = checkpoint } }
  func put(_ fetch: BlobRequest) { change { $0.fetch = fetch } }
  func put(_ end: WorkerCore.AttemptResult) { change { $0.end = end } }

  func takeAll() -> Contents {
    contents.withLock {
      let all = $0
      $0 = Contents()
      return all
    }
  }

  private func change(_ body: (inout Contents) -> Void) {
    contents.withLock { body(&$0) }
    waker.wake()
  }
}
