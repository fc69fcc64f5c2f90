import Digests
import Files
import Foundation
import QueueProtocol
import Synchronization

/// The blobs that a host has fetched: files named by the SHA-256 digest of their content, in a folder that any number
/// of processes may share. Of several that want one at once, one fetches it and the others wait. When the folder
/// grows over its limit, those that were not used for longest go, but none that is in use.
///
/// A file appears whole, after its digest was verified. It is verified again when a process first opens it, so one that
/// was damaged since is fetched again. A process that is killed leaves at most a `.part` file, which the next one
/// that fetches removes.
package final class BlobCache: Sendable {
  /// 10 GB.
  package static let defaultLimitBytes = 10_000_000_000

  /// `potline/datasets` in the user's cache folder.
  package static var defaultFolder: String { CacheFolder.path(for: "potline/datasets") }

  /// The folder's path.
  package let folder: String

  /// How many bytes the files may have together. More are kept only while they are in use.
  package let limitBytes: Int

  /// The files that this process has verified, and what it found.
  private let verified = Mutex<[SHA256Digest: Verdict]>([:])

  /// The cache in `folder`, which is made, with those above it, if need be.
  ///
  /// - Throws: `BlobError.file`.
  package init(folder: String = defaultFolder, limitBytes: Int = defaultLimitBytes) throws(BlobError) {
    (self.folder, self.limitBytes) = (folder, limitBytes)
    do throws(FileError) {
      try CacheFolder.make(folder)
    } catch {
      throw .file(error)
    }
  }

  /// The blob with this digest, fetched unless it is there. Nobody evicts it while the value returned exists.
  ///
  /// - Parameters:
  ///   - digest: SHA-256 of the blob.
  ///   - isStopped: Asked several times a second while another process fetches the blob.
  ///   - chunk: Called, if it is not there, with each offset from 0 on: the bytes from there on, which may be as
  ///     many as it likes, and the blob's size.
  /// - Throws: `BlobError`; `JobInterrupted` once `isStopped`; what `chunk` throws.
  package func open(
    _ digest: SHA256Digest, isStopped: () -> Bool = { false },
    chunk: (_ offset: Int) throws -> (bytes: [UInt8], total: Int)
  ) throws -> CachedBlob {
    do {
      return try findOrFetch(digest, isStopped, chunk)
    } catch let error as FileError {
      throw error.isFullDisk ? BlobError.noSpace(folder: folder) : .file(error)
    }
  }

  private func findOrFetch(
    _ digest: SHA256Digest, _ isStopped: () -> Bool,
    _ chunk: (_ offset: Int) throws -> (bytes: [UInt8], total: Int)
  ) throws -> CachedBlob {
    while true {
      if let blob = try existing(digest) { return blob }
      if let lock = try FileLock(lockPath(digest), isShared: false, flags: O_RDWR | O_CREAT) {
        defer { withExtendedLifetime(lock) {} }
        // Another may have fetched it meanwhile.
        if let blob = try existing(digest) { return blob }
        try fetch(digest, chunk)
        continue
      }
      if isStopped() { throw JobInterrupted() }
      usleep(20_000)
    }
  }

  func path(_ digest: SHA256Digest) -> String { "\(folder)/\(digest.hex)" }
  func lockPath(_ digest: SHA256Digest) -> String { "\(folder)/.\(digest.hex).lock" }
  func partPath(_ digest: SHA256Digest) -> String { "\(folder)/.\(digest.hex).part" }

  /// The blob if it is there and undamaged.
  private func existing(_ digest: SHA256Digest) throws(FileError) -> CachedBlob? {
    let path = path(digest)
    guard let lock = try FileLock(path, isShared: true), let status = lock.status else { return nil }
    guard isIntact(FileIdentity(status), path, digest) else { return nil }
    // When it was used last; for the order of eviction alone, so that a failure does no harm.
    futimens(lock.descriptor, nil)
    return CachedBlob(digest: digest, path: path, byteCount: Int(status.st_size), lock: lock)
  }

  private func isIntact(_ file: FileIdentity, _ path: String, _ digest: SHA256Digest) -> Bool {
    if let verdict = verified.withLock({ $0[digest] }), verdict.file == file { return verdict.isIntact }
    let isIntact = (try? SHA256Digest.of(fileAt: path)) == digest
    verified.withLock { $0[digest] = Verdict(file: file, isIntact: isIntact) }
    return isIntact
  }

  /// Fetches a blob under its lock.
  private func fetch(
    _ digest: SHA256Digest, _ chunk: (_ offset: Int) throws -> (bytes: [UInt8], total: Int)
  ) throws {
    try removeLeftovers()
    var (bytes, total) = try chunk(0)
    guard total <= limitBytes else { throw BlobError.tooLarge(digest, bytes: total, limit: limitBytes) }
    try evict(downTo: limitBytes - total)
    let file = try TemporaryFile(for: path(digest), at: partPath(digest), makeRoom: evictOne)
    try file.reserve(total)
    var hasher = SHA256Hasher()
    var offset = 0
    while true {
      try file.append(bytes)
      hasher.update(bytes)
      offset += bytes.count
      if offset >= total || bytes.isEmpty { break }
      let next = try chunk(offset)
      guard next.total == total else { throw BlobError.corrupt(digest) }
      bytes = next.bytes
    }
    guard offset == total, hasher.finalize() == digest else { throw BlobError.corrupt(digest) }
    let status = try file.publish(mode: BlobStore.fileMode)
    // It may have the inode of a damaged file that was removed.
    verified.withLock { $0[digest] = Verdict(file: FileIdentity(status), isIntact: true) }
  }

  private struct Verdict {
    let file: FileIdentity
    let isIntact: Bool
  }
}

/// A blob in a `BlobCache`, kept there as long as this value exists.
package final class CachedBlob: Sendable {
  /// Its digest.
  package let digest: SHA256Digest
  /// The file, to be read or mapped read-only.
  package let path: String
  /// The file's size.
  package let byteCount: Int
  private let lock: FileLock

  fileprivate init(digest: SHA256Digest, path: String, byteCount: Int, lock: FileLock) {
    (self.digest, self.path, self.byteCount, self.lock) = (digest, path, byteCount, lock)
  }
}

/// The properties by which a file differs from another one of the same name.
struct FileIdentity: Hashable {
  let device: UInt64
  let inode: UInt64
  let size: Int

  init(_ status: stat) {
    (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int(status.st_size))
  }
}

extension BlobCache {
  private struct File {
    let digest: SHA256Digest
    let bytes: Int
    let lastUsed: timespec
  }

  /// Removes files, the one not used for longest first, until those left have at most `bytes` bytes, or are in use.
  func evict(downTo bytes: Int) throws(FileError) {
    let files = try files()
    var total = try files.reduce(bytesUnderWay()) { $0 + $1.bytes }
    for file in files where total > bytes {
      if try remove(file.digest) { total -= file.bytes }
    }
  }

  /// Removes the file that was not used for longest.
  ///
  /// - Returns: Whether an unused file was found.
  func evictOne() throws(FileError) -> Bool {
    for file in try files() where try remove(file.digest) { return true }
    return false
  }

  /// Removes the partial files of killed fetches, which are those without a lock.
  func removeLeftovers() throws(FileError) {
    for name in try Folder.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(".part") {
      guard let digest = SHA256Digest(hex: String(name.dropFirst().dropLast(5))) else { continue }
      // A fetch of its own holds the lock of its blob, also this process's.
      guard let lock = try FileLock(lockPath(digest), isShared: false, flags: O_RDWR | O_CREAT) else {
        continue
      }
      unlink(partPath(digest))
      withExtendedLifetime(lock) {}
    }
  }

  /// False if it is in use, or fetched again just now. Whoever opened it a moment ago sees that it is gone.
  private func remove(_ digest: SHA256Digest) throws(FileError) -> Bool {
    let path = path(digest)
    guard let fetching = try FileLock(lockPath(digest), isShared: false, flags: O_RDWR | O_CREAT),
      let using = try FileLock(path, isShared: false)
    else { return false }
    defer { withExtendedLifetime((fetching, using)) {} }
    return using.status != nil && unlink(path) == 0
  }

  /// The bytes that fetches of other processes have reserved.
  private func bytesUnderWay() throws(FileError) -> Int {
    try Folder.names(in: folder).reduce(0) { total, name in
      var status = stat()
      return name.hasSuffix(".part") && stat("\(folder)/\(name)", &status) == 0
        ? total + Int(status.st_size) : total
    }
  }

  /// The one not used for longest first.
  private func files() throws(FileError) -> [File] {
    var files: [File] = []
    for name in try Folder.names(in: folder) {
      var status = stat()
      guard let digest = SHA256Digest(hex: name), stat("\(folder)/\(name)", &status) == 0 else { continue }
      files.append(File(digest: digest, bytes: Int(status.st_size), lastUsed: status.st_mtim))
    }
    return files.sorted {
      ($0.lastUsed.tv_sec, $0.lastUsed.tv_nsec) < ($1.lastUsed.tv_sec, $1.lastUsed.tv_nsec)
    }
  }
}
