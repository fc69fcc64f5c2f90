import Digests
import Files
import QueueProtocol

/// Blobs that clients send in chunks. A blob is in the store when all of it has arrived and has its digest.
final class BlobUploads {
  private final class Upload {
    let file: TemporaryFile
    let totalBytes: Int
    var hasher = SHA256Hasher()
    var received = 0
    var lastUsed: Instant

    init(_ file: TemporaryFile, totalBytes: Int, at now: Instant) {
      (self.file, self.totalBytes, lastUsed) = (file, totalBytes, now)
    }
  }

  /// The limit of concurrent uploads, and the longest pause within one.
  private static let (maximumCount, patience) = (16, Duration.seconds(600))

  private let store: BlobStore
  private let maximumBytes: Int
  private var uploads: [SHA256Digest: Upload] = [:]

  init(store: BlobStore, maximumBytes: Int) { (self.store, self.maximumBytes) = (store, maximumBytes) }

  func lacking(_ digests: [SHA256Digest]) -> [SHA256Digest] { digests.filter { store.path(of: $0) == nil } }

  func dropIdle(at now: Instant) {
    if uploads.isEmpty { return }
    uploads = uploads.filter { now - $0.value.lastUsed < Self.patience }
  }

  /// Takes a chunk if it is the next one; the reply has the offset of the next one in any case.
  func take(
    _ digest: SHA256Digest, _ offset: Int, _ totalBytes: Int, _ bytes: [UInt8], at now: Instant
  ) throws(QueueError) -> ClientReply {
    if store.path(of: digest) != nil { return .uploaded(digest, received: totalBytes, isStored: true) }
    guard totalBytes <= maximumBytes else {
      throw QueueError(.badBlob, "a blob of \(totalBytes) bytes; at most \(maximumBytes) are taken")
    }
    do {
      let upload = try upload(digest, totalBytes, at: now)
      guard upload.totalBytes == totalBytes else {
        throw QueueError(
          .badBlob, "another upload of \(digest.hex) says that it has \(upload.totalBytes) bytes")
      }
      upload.lastUsed = now
      if offset == upload.received {
        try upload.file.append(bytes)
        upload.hasher.update(bytes)
        upload.received += bytes.count
      }
      guard upload.received == totalBytes else {
        return .uploaded(digest, received: upload.received, isStored: false)
      }
      uploads[digest] = nil
      guard upload.hasher.finalize() == digest else {
        throw QueueError(.badBlob, "the bytes that arrived do not have the digest \(digest.hex)")
      }
      try upload.file.publish(mode: BlobStore.fileMode)
      return .uploaded(digest, received: totalBytes, isStored: true)
    } catch let problem as QueueError {
      throw problem
    } catch {
      uploads[digest] = nil
      throw QueueError(.storage, "\(error)")
    }
  }

  private func upload(
    _ digest: SHA256Digest, _ totalBytes: Int, at now: Instant
  ) throws(FileError) -> Upload {
    if let known = uploads[digest] { return known }
    if uploads.count >= Self.maximumCount,
      let oldest = uploads.min(by: { $0.value.lastUsed < $1.value.lastUsed })
    {
      uploads[oldest.key] = nil
    }
    let upload = Upload(try TemporaryFile(for: store.newPath(of: digest)), totalBytes: totalBytes, at: now)
    uploads[digest] = upload
    return upload
  }
}
