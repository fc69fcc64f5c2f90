import Glibc

/// Zeroed memory in an unnamed file: the system writes its pages to the disk and takes them back when memory is short, where
/// other memory would have to be swapped. The disk space is given back when this object goes.
package final class ScratchMemory: Sendable {
  /// Page-aligned.
  package nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

  /// Nil if the folder can't hold such a file, or the disk has too little space.
  package init?(byteCount: Int, in folder: String) {
    let path = "\(folder)/.scratch.\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    unlink(path)
    defer { close(descriptor) }
    // Space that isn't there would end the process when a page is written.
    guard byteCount > 0, posix_fallocate(descriptor, 0, off_t(byteCount)) == 0 else { return nil }
    let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let start, start != MAP_FAILED else { return nil }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  /// Says that the bytes are read in random order from now on: of a page that isn't in memory no neighbours are read.
  package func expectRandomAccess() {
    madvise(bytes.baseAddress, bytes.count, MADV_RANDOM)
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }
}
