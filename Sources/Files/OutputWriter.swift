import Glibc
import Synchronization

/// Writes to a descriptor that the program was started with, and remembers the first failure.
///
/// Nothing is buffered: a text is handed over whole, so that a process that is killed afterwards has written it and
/// the order of standard output and standard error stays. After a failure further text is dropped; ``check()`` reports
/// the failure. A reader that has gone, as in `| head`, isn't a failure.
package final class OutputWriter: Sendable {
  package static let standardOutput = OutputWriter(STDOUT_FILENO, name: "standard output")
  package static let standardError = OutputWriter(STDERR_FILENO, name: "standard error")

  private struct State {
    var failure: FileError?
    var hasWritten = false
  }

  private let descriptor: Int32
  private let name: String
  private let state = Mutex(State())

  /// - Parameters:
  ///   - descriptor: An open file, which stays open.
  ///   - name: The name for errors.
  package init(_ descriptor: Int32, name: String) { (self.descriptor, self.name) = (descriptor, name) }

  /// Whether further text would arrive, as far as is known.
  package var isUsable: Bool { state.withLock { $0.failure == nil } }

  /// Writes the text, in one piece as far as other threads are concerned.
  package func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes the bytes, in one piece as far as other threads are concerned.
  package func write(_ bytes: [UInt8]) {
    state.withLock { state in
      guard state.failure == nil, !bytes.isEmpty else { return }
      state.hasWritten = true
      let code = Self.write(bytes, to: descriptor)
      if code != 0 { state.failure = FileError(name, .write, code: code) }
    }
  }

  /// Throws the first failure. Network file systems report a full disk or a quota when the file is closed: that is
  /// asked for as well, and leaves the descriptor open.
  package func check() throws(FileError) {
    let failure = state.withLock { state -> FileError? in
      guard state.failure == nil, state.hasWritten else { return state.failure }
      let copy = dup(descriptor)
      if copy >= 0, close(copy) != 0, errno != EINTR { state.failure = FileError(name, .write) }
      return state.failure
    }
    if let failure, failure.code != EPIPE { throw failure }
  }

  /// 0, or the `errno` of the failure. A descriptor that another program made non-blocking is waited for.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if written > 0 {
        done += written
      } else if written < 0, errno == EAGAIN {
        var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&output, 1, -1)
      } else if written == 0 || errno != EINTR {
        return written == 0 ? EIO : errno
      }
    }
    return 0
  }
}
