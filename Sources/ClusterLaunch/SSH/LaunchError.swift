import ErrorCategories
import Glibc
import ZeroMQ

/// Workers that can't be launched on any host.
package enum LaunchError: CategorizedError, Hashable, Sendable {
  /// Other hosts can't reach the coordinator at its address.
  case unreachableAddress(String)
  /// The program that hosts would get can't be read.
  case unreadableProgram(String, code: Int32)

  package var category: ErrorCategory { .badInput }

  /// What is wrong and what to do.
  package var description: String {
    switch self {
    case .unreadableProgram(let path, let code): "cannot read \(path): \(String(cString: strerror(code)))"
    case .unreachableAddress(let address):
      """
      the coordinator listens on \(address), which only its own host reaches: start it with an address that the hosts reach, \
      such as --listen tcp://0.0.0.0:5555 (with keys and encryption then; --publish HOST says how others name it)
      """
    }
  }

  /// Refuses an address that means something else, or nothing, on other hosts.
  static func check(address: String) throws {
    if try Endpoint(address).isLoopback { throw unreachableAddress(address) }
  }
}
