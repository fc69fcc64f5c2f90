/// What happens to the queue.
public enum Event: Sendable {
  /// A connection said this.
  case message(from: PeerID, WorkerMessage)
  /// Jobs were added; one that is known already is left as it is.
  case submitted([NewJob])
  /// A worker process ended, as its supervisor knows at once.
  case processEnded(WorkerID, ProcessStatus)
  /// Time went on; expected several times within `QueueSettings.heartbeatInterval`.
  case tick
  /// The queue is to stop: no more jobs are given out, workers hand theirs back.
  case shutdownRequested
}

/// A job to add.
public struct NewJob: Hashable, Sendable {
  /// The digest of the payload.
  public let id: JobID
  /// What the worker's runner gets.
  public let payload: [UInt8]

  /// A job with this payload. O(bytes).
  public init(payload: [UInt8]) {
    self.payload = payload
    id = JobID(ofPayload: payload)
  }
}
