import Glibc

/// A new file that takes the place of the one at its path when it is published, and is removed otherwise.
///
/// Readers see the old file or the whole new one, also after a power cut.
package final class TemporaryFile {
  /// Where the file will be.
  private let destination: String
  /// Where it is until then.
  private let path: String
  /// -1 once closed.
  private var descriptor: Int32
  /// Whether there is a file at `path` that is to be removed.
  private var isLeft: Bool
  private let makeRoom: (() throws(FileError) -> Bool)?

  /// Makes the file, empty.
  ///
  /// - Parameters:
  ///   - destination: Where it will be; errors name this path.
  ///   - path: Where it is until then, in the same file system; an earlier file there is overwritten. Default: a hidden
  ///     file beside the destination, under a name that no other process uses.
  ///   - mode: Its permissions, before the umask.
  ///   - makeRoom: Called when the disk is full: frees some space, and returns whether it could.
  package init(
    for destination: String, at path: String? = nil, mode: mode_t = 0o600,
    makeRoom: (() throws(FileError) -> Bool)? = nil
  ) throws(FileError) {
    (self.destination, self.makeRoom) = (destination, makeRoom)
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC
    if let path {
      self.path = path
      descriptor = open(path, flags | O_TRUNC, mode)
    } else {
      let (folder, name) = Folder.split(destination)
      self.path = "\(folder)/.\(name).\(String(UInt64.random(in: 0 ... .max), radix: 36))"
      descriptor = open(self.path, flags | O_EXCL, mode)
    }
    isLeft = descriptor >= 0
    if descriptor < 0 { throw FileError(destination, .write) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isLeft { unlink(path) }
  }

  /// Takes space for `bytes` bytes. Where the file system can't, the disk may still turn out to be full later.
  package func reserve(_ bytes: Int) throws(FileError) {
    guard bytes > 0 else { return }
    while true {
      let code = posix_fallocate(descriptor, 0, off_t(bytes))
      if code == EINTR { continue }
      guard try hasMadeRoom(code) else { return }
    }
  }

  /// Writes bytes at the end.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      let code = errno
      if written > 0 {
        done += written
      } else if written == 0 || code != EINTR, try !hasMadeRoom(code) {
        throw FileError(destination, .write, code: code)
      }
    }
  }

  /// Puts the file in its place, durably. Nothing can be written afterwards.
  ///
  /// - Parameter mode: Its permissions from then on, whatever the umask. Default: those that it was made with.
  /// - Returns: What the system knows about the file.
  @discardableResult
  package func publish(mode: mode_t? = nil) throws(FileError) -> stat {
    var status = stat()
    while mode.map({ fchmod(descriptor, $0) }) ?? 0 != 0 || fsync(descriptor) != 0 {
      let code = errno
      guard try hasMadeRoom(code) else { throw FileError(destination, .write, code: code) }
    }
    guard fstat(descriptor, &status) == 0 else { throw FileError(destination, .write) }
    // Some file systems report a full disk only here.
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw FileError(destination, .write) }
    guard rename(path, destination) == 0 else { throw FileError(destination, .write) }
    isLeft = false
    try Folder.sync(Folder.split(destination).folder)
    return status
  }

  /// False if the disk isn't full, or room can't be made by the caller's means; throws if the disk stays full.
  private func hasMadeRoom(_ code: Int32) throws(FileError) -> Bool {
    let error = FileError(destination, .write, code: code)
    guard error.isFullDisk, let makeRoom else { return false }
    guard try makeRoom() else { throw error }
    return true
  }
}

/// Files that appear whole or not at all, also after a power cut.
package enum AtomicFile {
  /// Replaces the file at `path`. On failure the old file stays, and nothing else is left.
  ///
  /// A symbolic link stays, and the file that it names is replaced. A device or pipe, such as /dev/stdout or
  /// /dev/null, can't be replaced: the bytes are written to it.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    switch place(of: path) {
    case .replaceable(let target):
      let file = try TemporaryFile(for: target, mode: 0o666)
      try file.append(bytes)
      try file.publish()
    case .stream:
      let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw FileError(path, .write) }
      defer { close(descriptor) }
      let writer = OutputWriter(descriptor, name: path)
      writer.write(bytes)
      try writer.check()
    }
  }

  private enum Place {
    /// The path without symbolic links.
    case replaceable(String)
    case stream
  }

  private static func place(of path: String) -> Place {
    var status = stat()
    // A file that is missing, or a link to nowhere, is made where the path says.
    guard stat(path, &status) == 0 else { return .replaceable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      return status.st_mode & S_IFMT == S_IFDIR ? .replaceable(path) : .stream
    }
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return .replaceable(path) }
    // An open file of a process: whoever reads the descriptor must get the bytes.
    guard !path.hasPrefix("/dev/"), !path.hasPrefix("/proc/"), let real = realpath(path, nil) else {
      return .stream
    }
    defer { free(real) }
    return .replaceable(String(cString: real))
  }
}
