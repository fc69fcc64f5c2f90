import Digests
import Glibc
import QueueProtocol

/// A folder of files named by the SHA-256 digest of their content. Files appear whole or not at all, so any number
/// of processes may share a folder.
package struct BlobStore: Sendable {
  /// The folder's path.
  package let folder: String

  /// The store in `folder`, which is made if need be.
  ///
  /// - Throws: `BlobError.system`.
  package init(folder: String) throws(BlobError) {
    self.folder = folder
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw .last("make the folder \(folder)") }
  }

  /// The path of a blob if it is there. It was verified when it was put there.
  package func path(of digest: SHA256Digest) -> String? {
    let path = "\(folder)/\(digest.hex)"
    return access(path, R_OK) == 0 ? path : nil
  }

  /// Puts bytes into the store; does nothing if they are there, and replaces a file that was damaged. O(bytes).
  ///
  /// - Throws: `BlobError.system`.
  @discardableResult
  package func add(_ bytes: [UInt8]) throws(BlobError) -> SHA256Digest {
    let digest = SHA256Digest.of(bytes)
    if let path = path(of: digest), (try? SHA256Digest.of(fileAt: path)) == digest { return digest }
    let file = try TemporaryFile(in: folder)
    try file.append(bytes)
    try file.rename(to: "\(folder)/\(digest.hex)")
    return digest
  }

  /// Up to `count` bytes of a blob from `offset` on, and its size; `nil` if it is not there.
  ///
  /// - Throws: `BlobError.system`.
  func read(_ digest: SHA256Digest, offset: Int, count: Int) throws(BlobError) -> (
    bytes: [UInt8], total: Int
  )? {
    guard let path = path(of: digest) else { return nil }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .last("open \(path)") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .last("look at \(path)") }
    let total = Int(status.st_size)
    let wanted = max(0, min(count, total - offset))
    guard wanted > 0 else { return ([], total) }
    var done = 0
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while done < wanted {
        let got = pread(file, buffer.baseAddress.map { $0 + done }, wanted - done, off_t(offset + done))
        if got < 0, errno == EINTR { continue }
        failed = got <= 0
        if failed { break }
        done += got
      }
      filled = done
    }
    if failed { throw .last("read \(path)") }
    return (bytes, total)
  }
}
