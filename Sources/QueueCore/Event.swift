import QueueProtocol

/// What happens to the queue.
package enum Event: Sendable {
  /// A connection said this.
  case message(from: PeerID, WorkerMessage)
  /// A study of this process, or a part of it, was added.
  case submitted(Submission)
  /// A client asks this.
  case client(from: PeerID, ClientCall)
  /// A worker process ended, as its supervisor knows at once.
  case processEnded(WorkerID, ProcessStatus)
  /// Time went on; expected several times within `QueueSettings.heartbeatInterval`.
  case tick
  /// The queue is to stop: no more jobs are given out, workers hand theirs back.
  case shutdownRequested
  /// The journal cannot be written for this reason; until it can, only `tick`s and messages come.
  case storageFailed(String)
  /// The journal has been written again.
  case storageRecovered
}
