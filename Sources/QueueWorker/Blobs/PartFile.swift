import Glibc
import QueueProtocol

/// The file of a blob while it is fetched, under the lock of the blob. It is removed unless it is renamed. When the disk
/// is full, blobs that are not in use make room.
final class PartFile {
  private let path: String
  private let descriptor: Int32
  private let cache: BlobCache
  private var isRenamed = false

  init(_ path: String, cache: BlobCache) throws(BlobError) {
    (self.path, self.cache) = (path, cache)
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw .last("make \(path)") }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isRenamed { unlink(path) }
  }

  /// Takes the space before anything is fetched; where the file system can't, the disk may still turn out to be full.
  func reserve(_ bytes: Int) throws(BlobError) {
    guard bytes > 0 else { return }
    while true {
      let code = posix_fallocate(descriptor, 0, off_t(bytes))
      if code == EINTR { continue }
      guard isFull(code) else { return }
      try makeRoom()
    }
  }

  func append(_ bytes: [UInt8]) throws(BlobError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      let code = errno
      if written > 0 {
        done += written
      } else if isFull(code) {
        try makeRoom()
      } else if written < 0, code != EINTR {
        throw .system(operation: "write to \(path)", code: code)
      }
    }
  }

  /// What the file is.
  var identity: FileIdentity? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? FileIdentity(status) : nil
  }

  /// The content becomes durable and visible under `final`, in place of what was there.
  func rename(to final: String) throws(BlobError) {
    while fchmod(descriptor, 0o444) != 0 || fsync(descriptor) != 0 {
      let code = errno
      guard isFull(code) else { throw .system(operation: "finish \(path)", code: code) }
      try makeRoom()
    }
    guard Glibc.rename(path, final) == 0 else { throw .last("rename \(path) to \(final)") }
    isRenamed = true
  }

  private func isFull(_ code: Int32) -> Bool { code == ENOSPC || code == EDQUOT }

  private func makeRoom() throws(BlobError) {
    guard try cache.evictOne() else { throw .noSpace(folder: cache.folder) }
  }
}
