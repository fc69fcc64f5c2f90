import QueueCore
import QueueProtocol
import ZeroMQ

extension Coordinator {
  /// How a coordinator listens and judges.
  package struct Configuration: Sendable {
    /// The loopback address to listen on, unless there is `access`. Default: a free port.
    package var address = "tcp://127.0.0.1:*"
    /// The address to listen on and who may use it. Default: `address` alone, for everybody on this host.
    package var access: CoordinatorSecurity?
    /// The times and limits by which workers are judged.
    package var settings = QueueSettings()
    /// The folder whose blobs workers may fetch; `nil` for none.
    package var blobs: BlobStore?
    /// The largest blob that a client may send, in bytes. Default: 16 GiB.
    package var maximumBlobBytes = 16 << 30
    /// The program's version, for people.
    package var version = ""
    /// What to do when the journal cannot be written. Default: stop.
    package var storageFailure = StorageFailure.stop
    /// The pause before a commit that failed is tried again; it doubles with each try. Default: 0.1 s.
    package var firstCommitPause: Duration = .milliseconds(100)
    /// The longest such pause. Default: 5 s.
    package var longestCommitPause: Duration = .seconds(5)
    /// How often deadlines are looked at. Default: 0.1 s.
    package var tickInterval: Duration = .milliseconds(100)
    /// How many messages share a commit at most. Default: 256.
    package var batchLimit = 256
    /// How many messages of one connection share a commit at most; those beyond are dropped. A client that waits for
    /// each reply never comes near. Default: 16.
    package var peerLimit = 16
    /// How often progress is told. Default: 0.2 s.
    package var progressInterval: Duration = .milliseconds(200)

    /// Where to leave snapshots of the queue for those who ask. Default: nowhere.
    package var snapshots: SnapshotExchange?

    /// Whether the core's invariants are checked after every event, and a violation ends the run with the story of the
    /// job concerned. It costs O(jobs) each time. Default: no.
    package var validates = false

    /// The defaults.
    package init() {}
  }

  /// What to do when the journal cannot be written. Until a batch is committed none of its messages is answered.
  package enum StorageFailure: Sendable {
    /// Tell the workers to leave and throw the error; nothing acknowledged is lost.
    case stop
    /// If it may pass, as a full disk may: say so once, answer no message that needs the journal, and try again with
    /// growing pauses. Workers train on meanwhile and say again what was not acknowledged.
    case wait
  }

  /// How a run ended.
  package struct Outcome: Sendable {
    /// The queue's last state.
    package var progress: QueueProgress
    /// Whether it was stopped before all jobs had ended.
    package var wasStopped: Bool
    /// Messages that were dropped because they could not be understood.
    package var badMessages: Int
  }
}
