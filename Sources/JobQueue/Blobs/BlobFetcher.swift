import Digests
import Glibc

/// A wish of the training thread for a chunk of a blob.
struct BlobRequest: Sendable, Hashable {
  let digest: SHA256Digest
  let offset: Int
}

/// The coordinator's answer.
enum BlobReply: Sendable {
  case chunk(SHA256Digest, offset: Int, totalBytes: Int, bytes: [UInt8])
  case missing(SHA256Digest)
}

/// Fetches blobs in chunks, on the training thread; the I/O thread carries wishes and answers. Of several processes
/// that share a folder one fetches and the others wait for it.
final class BlobFetcher: Sendable {
  private let store: BlobStore
  private let outbox: WorkerOutbox
  private let replies = BlockingQueue<BlobReply>()
  /// An answer that has not come for so long is asked for again.
  private let repeatAfter: Duration

  init(store: BlobStore, outbox: WorkerOutbox, repeatAfter: Duration = .seconds(3)) {
    (self.store, self.outbox, self.repeatAfter) = (store, outbox, repeatAfter)
  }

  func deliver(_ reply: BlobReply) { replies.push(reply) }

  func fetch(_ digest: SHA256Digest, isStopped: () -> Bool) throws -> String {
    if let path = store.path(of: digest) { return path }
    let lock = try lock(digest, isStopped)
    // The lock file is left: were it removed, a third process could lock a new one beside the second.
    defer { close(lock) }
    if let path = store.path(of: digest) { return path }

    let file = try TemporaryFile(in: store.folder)
    var hasher = SHA256Hasher()
    var offset = 0
    while true {
      let (bytes, total) = try chunk(digest, offset, isStopped)
      try file.append(bytes)
      hasher.update(bytes)
      offset += bytes.count
      if offset >= total || bytes.isEmpty { break }
    }
    guard hasher.finalize() == digest else { throw BlobError.corrupt(digest) }
    let path = "\(store.folder)/\(digest.hex)"
    try file.rename(to: path)
    return path
  }

  private func chunk(
    _ digest: SHA256Digest, _ offset: Int, _ isStopped: () -> Bool
  ) throws -> (bytes: [UInt8], total: Int) {
    outbox.put(BlobRequest(digest: digest, offset: offset))
    var waited = Duration.zero
    let patience = Duration.milliseconds(50)
    while true {
      if isStopped() { throw JobInterrupted() }
      switch replies.pop(timeout: patience) {
      case .chunk(digest, offset, let total, let bytes): return (bytes, total)
      case .missing(digest): throw BlobError.missing(digest)
      case .chunk, .missing: continue
      case nil:
        waited += patience
        if waited < repeatAfter { continue }
        waited = .zero
        outbox.put(BlobRequest(digest: digest, offset: offset))
      }
    }
  }

  private func lock(_ digest: SHA256Digest, _ isStopped: () -> Bool) throws -> Int32 {
    let path = "\(store.folder)/.\(digest.hex).lock"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw BlobError.last("open \(path)") }
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EWOULDBLOCK || code == EINTR else {
        close(file)
        throw BlobError.system(operation: "lock \(path)", code: code)
      }
      if isStopped() {
        close(file)
        throw JobInterrupted()
      }
      usleep(20_000)
    }
    return file
  }
}
