import Glibc

/// How a process ended.
package enum ProcessStatus: Hashable, Sendable {
  /// It left with this exit code.
  case exited(Int32)
  /// This signal ended it.
  case signaled(Int32)

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
    case .signaled(let signal): [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS].contains(signal)
    }
  }
}

extension ProcessStatus: CustomStringConvertible {
  /// `exit code 3`, or `signal 9 (Killed)`.
  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signaled(let signal): "signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? "?"))"
    }
  }
}
