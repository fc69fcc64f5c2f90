import QueueProtocol

/// How ssh on a host ended, and what that means.
struct SessionEnd {
  /// What comes next.
  enum Meaning: Hashable {
    /// The workers left as told, or had nothing more to do.
    case done
    /// Trying again may help.
    case lost
    /// Trying again can't help.
    case hopeless
  }

  let status: ProcessStatus
  /// The last lines on standard error.
  let lines: [String]
  /// Whether workers had been started.
  let hasStarted: Bool

  /// The connection failed, rather than what it ran.
  var isConnection: Bool { status == .exited(255) }

  var meaning: Meaning {
    guard case .exited(let code) = status else { return .lost }
    switch code {
    case 0: return hasStarted ? .done : .hopeless
    case 255: return Self.isRefusal(lines) ? .hopeless : .lost
    // The script's, or wrong options and connection files.
    case 1, 2, 64, 65, 126, 127, WorkerExit.refused.rawValue: return .hopeless
    default: return .lost
    }
  }

  /// For people.
  var reason: String {
    let said = lines.suffix(3).map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.joined(separator: "; ")
    if hasStarted, case .exited(let code) = status, let exit = WorkerExit(rawValue: code),
      exit != .left, exit != .cannotStart
    {
      return "\(exit)"
    }
    if !said.isEmpty { return said + hint }
    if isConnection { return "the connection was lost" }
    return status == .exited(0) ? "it ended without having started workers" : "it ended with \(status)"
  }

  private var hint: String {
    if lines.contains(where: { $0.contains("Host key verification failed") }) {
      return ". Is it the right host? Then connect to it once by hand, or put its key into known_hosts."
    }
    if lines.contains(where: { $0.contains("Permission denied") }) {
      return ". Nothing is asked here: use a key without a passphrase, or ssh-agent."
    }
    if lines.contains(where: { $0.contains("error while loading shared libraries") }) {
      return ". Install Potline on it, or launch from a program that was built with --static-swift-stdlib."
    }
    return ""
  }

  /// What ssh says of hosts that will not let us in later either. It always speaks English.
  private static func isRefusal(_ lines: [String]) -> Bool {
    let signs = [
      "Host key verification failed", "Permission denied", "Bad configuration option", "no matching",
      "Too many authentication",
      "Name or service not known", "Can't open user config file", "terminating, ",
    ]
    return lines.contains { line in signs.contains { line.contains($0) } }
  }
}
