import Glibc

/// How a process ended.
package enum ProcessStatus: Hashable, Sendable {
  /// It left with this exit code.
  case exited(Int32)
  /// This signal ended it.
  case signaled(Int32)
  /// The kernel killed it for lack of memory.
  case killedForMemory

  /// Out of what `waitpid` reports of a process that ended.
  package init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signaled(signal)
  }

  /// Whether the process failed by itself. A signal that others send to end a process (`SIGKILL`, `SIGTERM`, a batch
  /// system's time limit) is loss of infrastructure; so is an exit code of `WorkerExit`.
  package var isCrash: Bool {
    switch self {
    case .exited(let code): WorkerExit(rawValue: code) == nil
    case .killedForMemory: false
    case .signaled(let signal): [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS].contains(signal)
    }
  }
}

extension ProcessStatus: CustomStringConvertible {
  /// `exit code 3`, or `signal 9 (Killed)`.
  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .killedForMemory: "signal 9: the kernel killed it for lack of memory"
    case .signaled(let signal): "signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? "?"))"
    }
  }
}

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
  /// A second signal asked it to leave immediately.
  case leftAtOnce = 74
}

extension WorkerExit: CustomStringConvertible {
  /// The status in words.
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
