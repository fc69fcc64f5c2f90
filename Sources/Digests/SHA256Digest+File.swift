import Glibc

/// A file that could not be read.
package struct FileReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  package let path: String

  /// The `errno` of the failure.
  package let code: Int32

  /// For people: `cannot read /data/cell.safetensors: No such file or directory`.
  package var description: String { "cannot read \(path): \(String(cString: strerror(code)))" }
}

extension SHA256Digest {
  /// The digest of the content of the file at `path`, read in pieces of 1 MiB.
  ///
  /// - Throws: `FileReadError`, also for a folder.
  package static func of(fileAt path: String) throws(FileReadError) -> SHA256Digest {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileReadError(path: path, code: errno) }
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
        throw FileReadError(path: path, code: errno)
      }
    }
  }
}
