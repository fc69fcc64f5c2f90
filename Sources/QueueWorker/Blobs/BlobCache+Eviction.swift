import Digests
import Files
import Foundation
import QueueProtocol

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
  /// - Returns: Whether there was one that is not in use.
  func evictOne() throws(FileError) -> Bool {
    for file in try files() where try remove(file.digest) { return true }
    return false
  }

  /// Removes what fetches left that were killed: nobody holds the lock of their blob.
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

  /// What the fetches of others have reserved.
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
