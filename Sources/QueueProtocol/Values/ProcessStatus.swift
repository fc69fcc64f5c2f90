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

/// A worker process that failed by itself, as its supervisor saw and its successor tells: the coordinator can't see the
/// processes of another host.
package struct ReplacedWorker: Hashable, Sendable {
  /// The worker that ended.
  package let worker: WorkerID
  /// How its process ended.
  package let status: ProcessStatus

  /// A worker whose process crashed or was killed for lack of memory; nil for any other end.
  package init?(_ worker: WorkerID, endedWith status: ProcessStatus) {
    guard status.isCrash || status == .killedForMemory else { return nil }
    (self.worker, self.status) = (worker, status)
  }
}

extension ReplacedWorker: LosslessStringConvertible {
  /// Worker, end and code, as in `1a…1a signal 11`: the value of an environment variable.
  package var description: String {
    let fields = Fields(self)
    return [worker.hex, fields.end.rawValue, fields.code.map { "\($0)" } ?? ""].joined(separator: " ")
  }

  /// Nil for anything but such a text.
  package init?(_ description: String) {
    let words = description.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, let worker = WorkerID(hex: String(words[0])),
      let end = Fields.End(rawValue: String(words[1]))
    else { return nil }
    guard let value = Fields(worker: worker, end: end, code: Int32(words[2])).value else { return nil }
    self = value
  }
}

extension ReplacedWorker: Codable {
  private struct Fields: Codable {
    enum End: String, Codable {
      case exit, signal, outOfMemory
    }
    let worker: WorkerID
    let end: End
    /// The exit code, or the number of the signal.
    let code: Int32?

    init(worker: WorkerID, end: End, code: Int32?) {
      (self.worker, self.end, self.code) = (worker, end, code)
    }

    init(_ replaced: ReplacedWorker) {
      worker = replaced.worker
      (end, code) =
        switch replaced.status {
        case .exited(let code): (.exit, code)
        case .signaled(let signal): (.signal, signal)
        case .killedForMemory: (.outOfMemory, nil)
        }
    }

    var value: ReplacedWorker? {
      switch (end, code) {
      case (.exit, let code?): ReplacedWorker(worker, endedWith: .exited(code))
      case (.signal, let code?): ReplacedWorker(worker, endedWith: .signaled(code))
      case (.outOfMemory, nil): ReplacedWorker(worker, endedWith: .killedForMemory)
      default: nil
      }
    }
  }

  package init(from decoder: any Decoder) throws {
    guard let value = try Fields(from: decoder).value else {
      throw MessageError.badHeader("“replaces” has an end of no failed process")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws { try Fields(self).encode(to: encoder) }
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
