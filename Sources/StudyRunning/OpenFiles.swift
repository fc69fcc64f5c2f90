import Foundation

/// How many files and connections this process may have.
package enum OpenFiles {
  /// Allows as many as the system lets: a worker's connection is one, and 1,024 is a usual limit.
  package static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
