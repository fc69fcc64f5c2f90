import Glibc

/// Holds a folder for one process: `flock` on a file in it, which the system lets go when the process ends, however
/// that comes. The file tells the holder's process id.
final class FolderLock: Sendable {
  private let descriptor: Int32

  init(folder: String) throws(JournalError) {
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
      throw .unusable(path: folder, detail: String(cString: strerror(errno)))
    }
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unusable(path: path, detail: String(cString: strerror(errno))) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      defer { close(descriptor) }
      guard code == EWOULDBLOCK else { throw .unusable(path: path, detail: String(cString: strerror(code))) }
      throw .locked(folder: folder, pid: FolderLock.pid(in: descriptor))
    }
    let text = Array("\(getpid())\n".utf8)
    // The process id is only for the message to others; the lock holds without it, even on a full disk.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }

  deinit { close(descriptor) }

  private static func pid(in descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Int(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)) : nil
  }
}
