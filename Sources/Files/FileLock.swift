import Glibc

/// An advisory lock on an open file (`flock`). The system releases it with the process, however that ends.
package final class FileLock: Sendable {
  /// The open file.
  package let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Opens `path` and locks it, without waiting.
  ///
  /// - Parameters:
  ///   - isShared: Whether others may hold a shared lock at the same time.
  ///   - flags: How it is opened, with `O_CREAT` if it may be made.
  /// - Returns: nil if another lock stands in the way, or if there is no such file.
  package convenience init?(_ path: String, isShared: Bool, flags: Int32 = O_RDONLY) throws(FileError) {
    let descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError(path, .lock)
    }
    self.init(descriptor: descriptor)
    let code = Self.lock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB)
    if code == EWOULDBLOCK { return nil }
    guard code == 0 else { throw FileError(path, .lock, code: code) }
  }

  /// Opens `path`, which only its owner can read if it is made, and waits until nobody else holds a lock on it.
  package convenience init(waitingFor path: String) throws(FileError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(path, .lock) }
    self.init(descriptor: descriptor)
    let code = Self.lock(descriptor, LOCK_EX)
    guard code == 0 else { throw FileError(path, .lock, code: code) }
  }

  deinit { close(descriptor) }

  /// What the system knows about the file; nil if it was removed after it was opened.
  package var status: stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0 ? status : nil
  }

  /// 0, or the `errno` of the failure.
  private static func lock(_ descriptor: Int32, _ operation: Int32) -> Int32 {
    while flock(descriptor, operation) != 0 {
      if errno != EINTR { return errno }
    }
    return 0
  }
}

/// Holds a folder for one process: a lock on the file `lock` in it, which names the process.
package final class FolderLock: Sendable {
  /// How an attempt to take a folder ended.
  package enum Attempt {
    case taken(FolderLock)
    /// Another process has it; its id if it is known.
    case held(processID: Int?)
  }

  private let lock: FileLock

  private init(_ lock: FileLock) { self.lock = lock }

  /// Takes the folder, which is made if need be, or says who has it.
  package static func take(_ folder: String) throws(FileError) -> Attempt {
    try Folder.makeOne(folder, mode: 0o755)
    let path = "\(folder)/lock"
    guard let lock = try FileLock(path, isShared: false, flags: O_RDWR | O_CREAT) else {
      let bytes = try? FileContent.read(path, limit: 64).bytes
      let text = bytes.map { String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) }
      return .held(processID: text.flatMap { Int($0) })
    }
    let text = Array("\(getpid())\n".utf8)
    // The process id is only for the message to others; the lock holds without it, even on a full disk.
    _ = ftruncate(lock.descriptor, 0)
    _ = pwrite(lock.descriptor, text, text.count, 0)
    return .taken(FolderLock(lock))
  }
}
