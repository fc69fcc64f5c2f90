import Glibc

/// A regular file in memory as the kernel caches it: read on demand, shared by all processes that map it.
///
/// The file must not be changed in place meanwhile; replacing it, as `AtomicFile` does, is safe.
package final class MappedFile: Sendable {
  /// The whole content, valid while this object lives.
  // Mapped read-only until deinit, so every thread may read it.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// Maps a file. A pipe, folder or device is refused.
  package init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, .read) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path, .read) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path, .read, .notAFile) }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
    guard start != MAP_FAILED else { throw FileError(path, .read) }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    guard let start = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
  }
}
