import Digests
import Glibc

/// A blob that cannot be had.
package enum BlobError: Error, Hashable, Sendable {
  /// The worker was started without a folder for blobs.
  case noCacheFolder
  /// The coordinator has no blob with this digest.
  case missing(SHA256Digest)
  /// What arrived under this digest is something else.
  case corrupt(SHA256Digest)
  /// The disk of this folder is full, and nothing in it can go.
  case noSpace(folder: String)
  /// The blob alone is larger than the limit of the cache.
  case tooLarge(SHA256Digest, bytes: Int, limit: Int)
  /// A system call failed.
  case system(operation: String, code: Int32)

  /// Whether the host is at fault, rather than the job or its dataset: another host may be able to do the job.
  package var isInfrastructure: Bool {
    switch self {
    case .noCacheFolder, .noSpace, .tooLarge, .system: true
    case .missing, .corrupt: false
    }
  }

  package static func last(_ operation: String) -> BlobError { .system(operation: operation, code: errno) }
}

extension BlobError: CustomStringConvertible {
  /// A sentence for people.
  package var description: String {
    switch self {
    case .noCacheFolder: "this worker has no folder for datasets; start it with one"
    case .missing(let digest): "the coordinator has no dataset with the digest \(digest.hex)"
    case .corrupt(let digest): "what arrived as the dataset \(digest.hex) does not have that digest"
    case .noSpace(let folder): "no space left on \(folder) for datasets: free some, or choose another folder"
    case .tooLarge(let digest, let bytes, let limit):
      "the dataset \(digest.hex) has \(bytes) bytes, more than the \(limit) that the cache may have: raise its limit"
    case .system(let operation, let code): "cannot \(operation): \(String(cString: strerror(code)))"
    }
  }
}
