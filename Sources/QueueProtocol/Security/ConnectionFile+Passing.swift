import Glibc

/// Connection files that are on no disk.
extension ConnectionFile {
  private static let maximumBytes = 1 << 20

  /// Reads one from a file descriptor, such as standard input, up to its end or an empty line.
  ///
  /// - Throws: `KeyFileError`, as for a file; permissions are not looked at.
  package init(fileDescriptor: Int32, name: String = "standard input") throws(KeyFileError) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !Self.hasEnded(bytes) {
      let count = Glibc.read(fileDescriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: name, code: errno) }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= Self.maximumBytes else {
        throw .badContent(path: name, detail: "it has more than \(Self.maximumBytes) bytes")
      }
    }
    guard bytes.contains(where: { $0 > UInt8(ascii: " ") }) else {
      throw .badContent(path: name, detail: "it is empty")
    }
    let file = try KeyFile.decode(bytes, as: ConnectionFile.self, path: name)
    try file.check(path: name)
    self = file
  }

  /// The file as `init(fileDescriptor:)` reads it: JSON and an empty line.
  ///
  /// - Throws: `KeyFileError.badContent`.
  package func passage() throws(KeyFileError) -> [UInt8] {
    try KeyFile.encode(self, path: "the connection file") + [UInt8(ascii: "\n")]
  }

  /// A file in memory with this content, which has no name and goes with its last descriptor. Whoever inherits the
  /// descriptor reads it as `/proc/self/fd/NUMBER`.
  ///
  /// - Returns: Its descriptor, which closes in programs that are started, and is the caller's to close.
  /// - Throws: `KeyFileError.unwritable`.
  package func memoryFile() throws(KeyFileError) -> Int32 {
    let bytes = try KeyFile.encode(self, path: "the connection file")
    let name = "/potline-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let file = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .unwritable(path: "/dev/shm" + name, code: errno) }
    shm_unlink(name)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
      let code = errno
      close(file)
      throw .unwritable(path: "/dev/shm" + name, code: code)
    }
    return file
  }

  /// Whether a line was empty after something else came.
  private static func hasEnded(_ bytes: [UInt8]) -> Bool {
    zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "\n") && $1 == UInt8(ascii: "\n") }
  }
}
