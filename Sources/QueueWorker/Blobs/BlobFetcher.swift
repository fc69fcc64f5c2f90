import Digests
import Dispatch
import QueueProtocol
import Synchronization

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

/// Fetches blobs in chunks, on the training thread; the I/O thread carries wishes and answers.
final class BlobFetcher: Sendable {
  private let cache: BlobCache
  private let outbox: WorkerOutbox
  private let replies = BlockingQueue<BlobReply>()
  /// The time without an answer after which a request is repeated.
  private let repeatAfter: Duration

  init(cache: BlobCache, outbox: WorkerOutbox, repeatAfter: Duration = .seconds(3)) {
    (self.cache, self.outbox, self.repeatAfter) = (cache, outbox, repeatAfter)
  }

  func deliver(_ reply: BlobReply) { replies.push(reply) }

  func fetch(_ digest: SHA256Digest, isStopped: () -> Bool) throws -> CachedBlob {
    try cache.open(digest, isStopped: isStopped) { try chunk(digest, $0, isStopped) }
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
}

/// Hands values from one thread to another, which waits for them.
final class BlockingQueue<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])
  private let available = DispatchSemaphore(value: 0)

  func push(_ element: Element) {
    elements.withLock { $0.append(element) }
    available.signal()
  }

  /// Waits up to `timeout` (`nil`: for ever) for a value.
  func pop(timeout: Duration? = nil) -> Element? {
    let deadline = timeout.map { DispatchTime.now() + .nanoseconds(Int($0.nanoseconds)) }
    guard available.wait(timeout: deadline ?? .distantFuture) == .success else { return nil }
    return elements.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
