import Foundation

/// Standard input, output and error as whoever started the program left them.
enum StandardFiles {
  /// Makes them safe to use.
  ///
  /// One that is closed becomes /dev/null: otherwise the next file that is opened, perhaps a socket, would take its
  /// number, and get what is printed. A reader that has gone is an error of the write alone: otherwise a
  /// `potline run ... 2>&1 | tee` would be ended by SIGPIPE in the middle of the clean stop that its SIGINT asked for.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is this one.
      _ = open("/dev/null", O_RDWR)
    }
    signal(SIGPIPE, SIG_IGN)
  }
}
