import Glibc

/// A regular file that is read from front to back in pieces, so that its size doesn't matter.
package final class InputFile {
  /// Its path as given.
  package let path: String
  /// Its size in bytes when it was opened.
  package let size: Int
  private let descriptor: Int32

  /// Opens a file. A pipe, folder or device is refused rather than waited for.
  package init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { throw FileError(path, .read) }
    size = Int(status.st_size)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw status.st_mode & S_IFMT == S_IFDIR
        ? FileError(path, .read, code: EISDIR) : FileError(path, .read, .notAFile)
    }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills the buffer, or what is left of the file; returns the number of bytes, 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path, .read) }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

/// The file behind a path: equal for links and hard links to the same file.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// Follows symbolic links.
  package init(of path: String) throws(FileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(path, .read) }
    (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}
