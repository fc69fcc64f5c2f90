import Glibc

/// Files that appear whole or not at all, also when the machine stops meanwhile.
package enum AtomicFile {
  /// Replaces the file at `path` by one of `bytes`. On failure the old file is left as it was, and nothing else.
  package static func write(_ bytes: [UInt8], to path: String) throws(SafetensorsError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let temporary = "\(folder)/.\(name).\(String(UInt64.random(in: 0 ... .max), radix: 36))"

    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path, errno) }
    do throws(SafetensorsError) {
      try fill(descriptor, bytes, path)
      guard rename(temporary, path) == 0 else { throw failure(path, errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try sync(folder: folder, path)
  }

  /// Writes and closes.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8], _ path: String) throws(SafetensorsError) {
    var code = bytes.withUnsafeBytes { buffer -> Int32 in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          return errno
        }
      }
      return fsync(descriptor) == 0 ? 0 : errno
    }
    // Some file systems report a full disk only here.
    if close(descriptor) != 0 && code == 0 { code = errno }
    if code != 0 { throw failure(path, code) }
  }

  /// Makes the new name last.
  private static func sync(folder: String, _ path: String) throws(SafetensorsError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path, errno) }
  }

  private static func failure(_ path: String, _ code: Int32) -> SafetensorsError {
    SafetensorsError(path, "cannot be written: \(String(cString: strerror(code)))")
  }
}
