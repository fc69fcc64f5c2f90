import Glibc

/// A file that is removed unless it is renamed to its final name.
package final class TemporaryFile {
  private let path: String
  private let descriptor: Int32
  private var isRenamed = false

  /// A new file in `folder`, under a name that no other process uses.
  package init(in folder: String) throws(BlobError) {
    path = "\(folder)/.incoming-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw .last("make a file in \(folder)") }
  }

  deinit {
    close(descriptor)
    if !isRenamed { unlink(path) }
  }

  package func append(_ bytes: [UInt8]) throws(BlobError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .last("write to \(path)") }
      done += written
    }
  }

  /// The content becomes durable and visible under `final`, in place of what was there.
  package func rename(to final: String, mode: mode_t = 0o444) throws(BlobError) {
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw .last("finish \(path)") }
    guard Glibc.rename(path, final) == 0 else { throw .last("rename \(path) to \(final)") }
    isRenamed = true
  }
}
