import Glibc
import QueueProtocol

/// An advisory lock on an open file (`flock`), which the system lets go with the process, however that ends.
final class FileLock: Sendable {
  let descriptor: Int32

  /// Opens `path` and locks it if nobody else's lock stands against that.
  ///
  /// - Parameters:
  ///   - isShared: Whether others may lock it too, if they share it as well.
  ///   - flags: How it is opened, with `O_CREAT` if it may be made.
  /// - Returns: nil if another lock stands against it, or if there is no such file.
  init?(_ path: String, isShared: Bool, flags: Int32 = O_RDONLY) throws(BlobError) {
    descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .last("open \(path)")
    }
    while flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      if code == EWOULDBLOCK { return nil }
      throw .system(operation: "lock \(path)", code: code)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// What the file is now; nil if it was removed after it was opened.
  var status: stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0 ? status : nil
  }
}
