import Files
import Glibc

extension SHA256Digest {
  /// The digest of the content of the file at `path`, read in pieces of 1 MiB.
  ///
  /// - Throws: `FileError`, also for a folder.
  package static func of(fileAt path: String) throws(FileError) -> SHA256Digest {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, .read) }
    defer { close(descriptor) }

    var hasher = SHA256Hasher()
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    while true {
      let count = read(descriptor, piece.baseAddress, piece.count)
      if count == 0 { return hasher.finalize() }
      if count > 0 {
        hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
      } else if errno != EINTR {
        throw FileError(path, .read)
      }
    }
  }
}
