import Glibc

/// The content and the permissions of a small file.
package struct FileContent: Sendable {
  /// The whole content.
  package let bytes: [UInt8]
  /// The permission bits.
  package let mode: UInt32
  private let path: String

  /// Reads a regular file of at most `limit` bytes. A pipe or device is refused rather than waited for.
  package static func read(_ path: String, limit: Int) throws(FileError) -> FileContent {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw FileError(path, .read) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw FileError(path, .read) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path, .read, .notAFile) }
    let size = Int(status.st_size)
    guard size <= limit else { throw FileError(path, .read, .tooLarge(bytes: size, limit: limit)) }
    var done = 0
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while done < size {
        let count = Glibc.read(file, buffer.baseAddress.map { $0 + done }, size - done)
        if count < 0, errno == EINTR { continue }
        if count < 0 { code = errno }
        // The file may have become shorter meanwhile.
        if count <= 0 { break }
        done += count
      }
      filled = done
    }
    guard code == 0 else { throw FileError(path, .read, code: code) }
    return FileContent(bytes: bytes, mode: status.st_mode & 0o7777, path: path)
  }

  /// All bytes of a file, however many, or of a pipe such as /dev/stdin, up to its end.
  package static func all(of path: String) throws(FileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError(path, .read) }
    defer { close(file) }
    var status = stat()
    var bytes: [UInt8] = []
    if fstat(file, &status) == 0 { bytes.reserveCapacity(min(Int(status.st_size), 1 << 40)) }
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path, .read) }
      if count == 0 { return bytes }
      bytes += piece.prefix(count)
    }
  }

  /// The first bytes of a file, at most `count`: enough to see what kind of file it is.
  package static func first(_ count: Int, of path: String) throws(FileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw FileError(path, .read) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    while true {
      let got = Glibc.read(file, &bytes, count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw FileError(path, .read) }
      return Array(bytes.prefix(got))
    }
  }

  /// Whether users other than the owner may read or change the file. The credentials that systemd holds for a service
  /// don't count: systemd grants access to them by an access-control list, which shows in the group's bits.
  package var isOpenToOthers: Bool {
    if mode & 0o077 == 0 { return false }
    guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), !folder.isEmpty else {
      return true
    }
    return !path.hasPrefix(folder + "/") || mode & 0o037 != 0
  }
}

/// Files that only their owner can read, and that appear whole or not at all.
package enum PrivateFile {
  /// Replaces the file by one with mode 0600. It is on the disk when this returns.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try TemporaryFile(for: path)
    try file.makePrivate()
    try file.append(bytes)
    try file.publish(mode: 0o600)
  }

  /// Makes the file with mode 0600 unless there is one. It is on the disk when this returns.
  ///
  /// - Returns: Whether it was made.
  package static func make(_ bytes: [UInt8], at path: String) throws(FileError) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      if errno == EEXIST { return false }
      throw FileError(path, .write)
    }
    defer { close(file) }
    do throws(FileError) {
      try requirePrivate(file, path)
    } catch {
      unlink(path)
      throw error
    }
    let code = OutputWriter.write(bytes, to: file)
    guard code == 0, fsync(file) == 0 else {
      let error = FileError(path, .write, code: code == 0 ? errno : code)
      unlink(path)
      throw error
    }
    return true
  }

  /// Refuses an open file of mode 0600 that other users may read all the same: file systems without permissions, such as
  /// FAT and some of CIFS, take `chmod` without effect.
  static func requirePrivate(_ descriptor: Int32, _ path: String) throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path, .write) }
    guard status.st_mode & 0o077 == 0 else {
      throw FileError(path, .write, .notPrivate(mode: status.st_mode & 0o777))
    }
  }
}
