import Foundation

/// How many files and connections this process may have.
package enum OpenFiles {
  /// A coordinator and some workers have room in these; with much fewer it would listen and never answer.
  private static let least = 64

  /// Allows as many as the system lets: a worker's connection is one, and 1,024 is a usual limit.
  ///
  /// Throws `CommandError` if that is too few to serve anybody.
  package static func raiseLimit() throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    guard limit.rlim_max >= least else {
      throw CommandError(
        .failed,
        "only \(limit.rlim_max) files may be open (`ulimit -n`), and \(least) are needed: raise the limit")
    }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
