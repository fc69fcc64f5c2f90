/// What a host is at.
package enum HostState: Hashable, Sendable {
  /// ssh connects.
  case connecting
  /// It gets a copy of the program, of so many bytes.
  case copying(bytes: Int)
  /// Its program starts.
  case starting
  /// So many worker processes run.
  case running(Int)
  /// It was lost; it is tried again after the pause.
  case waiting(reason: String, pause: Duration)
  /// It hands its jobs back.
  case stopping
  /// Its workers left, as told or because there was nothing more to do.
  case ended
  /// It is not tried again.
  case gaveUp(reason: String)

  /// One word for programs.
  package var name: String {
    switch self {
    case .connecting: "connecting"
    case .copying: "copying"
    case .starting: "starting"
    case .running: "running"
    case .waiting: "waiting"
    case .stopping: "stopping"
    case .ended: "ended"
    case .gaveUp: "gave-up"
    }
  }

  /// Why it waits or was given up.
  package var reason: String? {
    switch self {
    case .waiting(let reason, _), .gaveUp(let reason): reason
    default: nil
    }
  }

  /// How many worker processes run.
  package var processes: Int { if case .running(let count) = self { count } else { 0 } }

  /// Whether nothing more will happen on this host.
  package var isFinal: Bool {
    switch self {
    case .ended, .gaveUp: true
    default: false
    }
  }
}

extension HostState: CustomStringConvertible {
  /// For people: `running 2 processes`.
  package var description: String {
    switch self {
    case .connecting: "connecting"
    case .copying(let bytes): "copying the program (\(bytes / 1_000_000) MB)"
    case .starting: "starting"
    case .running(1): "running 1 process"
    case .running(let count): "running \(count) processes"
    case .waiting(let reason, let pause): "lost: \(reason); connects again in \(pause.components.seconds) s"
    case .stopping: "stopping: jobs are handed back"
    case .ended: "ended"
    case .gaveUp(let reason): "given up: \(reason)"
    }
  }
}
