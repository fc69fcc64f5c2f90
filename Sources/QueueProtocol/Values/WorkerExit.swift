/// The exit codes of a worker process. Any other code counts as a crash of the job that it ran.
package enum WorkerExit: Int32, Sendable, Error {
  /// It was told to leave, by the coordinator, a signal or its supervisor, and left in order.
  case left = 0
  /// The coordinator was not heard for `Worker.Configuration.coordinatorTimeout`.
  case coordinatorUnreachable = 70
  /// The coordinator refused the worker, for instance because of another version.
  case refused = 71
  /// A job did not stop when it was told to; ending the process was the only way.
  case jobWouldNotStop = 72
  /// The worker could not start: its address or cache folder cannot be used.
  case cannotStart = 73
  /// A second signal asked it to leave at once.
  case leftAtOnce = 74
}

extension WorkerExit: CustomStringConvertible {
  /// A sentence for people.
  package var description: String {
    switch self {
    case .left: "the worker left as told"
    case .coordinatorUnreachable:
      "the coordinator cannot be reached; is it running, and is the address right?"
    case .refused: "the coordinator refused the worker"
    case .jobWouldNotStop: "the job did not stop when it was told to, so the worker process was ended"
    case .cannotStart: "the worker could not start"
    case .leftAtOnce: "a second signal ended the worker at once"
    }
  }
}
