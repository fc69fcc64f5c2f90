import Digests
import ErrorCategories
import Files
import Glibc

/// A folder of files named by the SHA-256 digest of their content. Files appear whole or not at all, so any number
/// of processes may share a folder.
package struct BlobStore: Sendable {
  /// The folder's path.
  package let folder: String

  /// The store in `folder`, which is made if need be.
  ///
  /// - Throws: `BlobError.file`.
  package init(folder: String) throws(BlobError) {
    self.folder = folder
    do throws(FileError) {
      try Folder.makeOne(folder, mode: 0o755)
    } catch {
      throw .file(error)
    }
  }

  /// The path of a blob if it is there. It was verified when it was put there.
  package func path(of digest: SHA256Digest) -> String? {
    let path = newPath(of: digest)
    return access(path, R_OK) == 0 ? path : nil
  }

  /// The permissions of a blob's file: nobody changes it.
  package static let fileMode: mode_t = 0o444

  /// Where a blob is put.
  package func newPath(of digest: SHA256Digest) -> String { "\(folder)/\(digest.hex)" }

  /// Puts bytes into the store; does nothing if they are there, and replaces a file that was damaged. O(bytes).
  ///
  /// - Throws: `BlobError.file`.
  @discardableResult
  package func add(_ bytes: [UInt8]) throws(BlobError) -> SHA256Digest {
    let digest = SHA256Digest.of(bytes)
    if let path = path(of: digest), (try? SHA256Digest.of(fileAt: path)) == digest { return digest }
    do throws(FileError) {
      let file = try TemporaryFile(for: newPath(of: digest))
      try file.append(bytes)
      try file.publish(mode: Self.fileMode)
    } catch {
      throw .file(error)
    }
    return digest
  }

  /// Up to `count` bytes of a blob from `offset` on, and its size; `nil` if it is not there.
  ///
  /// - Throws: `BlobError.file`.
  package func read(_ digest: SHA256Digest, offset: Int, count: Int) throws(BlobError) -> (
    bytes: [UInt8], total: Int
  )? {
    guard let path = path(of: digest) else { return nil }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .file(FileError(path, .read)) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .file(FileError(path, .read)) }
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
    if failed { throw .file(FileError(path, .read)) }
    return (bytes, total)
  }
}

/// A blob that cannot be had.
package enum BlobError: CategorizedError, Hashable, Sendable {
  /// The worker was started without a folder for blobs.
  case noCacheFolder
  /// The coordinator has no blob with this digest.
  case missing(SHA256Digest)
  /// Bytes arrived whose digest is another.
  case corrupt(SHA256Digest)
  /// The disk of this folder is full, and nothing in it can go.
  case noSpace(folder: String)
  /// The blob alone is larger than the limit of the cache.
  case tooLarge(SHA256Digest, bytes: Int, limit: Int)
  /// A file or folder can't be used.
  case file(FileError)

  /// Whether the host is at fault, rather than the job or its dataset: another host may be able to do the job.
  package var isInfrastructure: Bool {
    switch self {
    case .noCacheFolder, .noSpace, .tooLarge, .file: true
    case .missing, .corrupt: false
    }
  }
}

extension BlobError {
  /// The output for a disk or folder that can't be used, the input for bytes without their digest.
  package var category: ErrorCategory {
    switch self {
    case .noSpace, .file: .output
    case .corrupt: .badInput
    case .noCacheFolder, .missing, .tooLarge: .failed
    }
  }

  /// The error in words.
  package var description: String {
    switch self {
    case .noCacheFolder: "this worker has no folder for datasets; start it with one"
    case .missing(let digest): "the coordinator has no dataset with the digest \(digest.hex)"
    case .corrupt(let digest): "what arrived as the dataset \(digest.hex) does not have that digest"
    case .noSpace(let folder): "no space left on \(folder) for datasets: free some, or choose another folder"
    case .tooLarge(let digest, let bytes, let limit):
      "the dataset \(digest.hex) has \(bytes) bytes, more than the \(limit) that the cache may have: raise its limit"
    case .file(let error): error.description
    }
  }
}
