import Glibc
import ZeroMQ

/// The data with which a worker or client reaches a coordinator: its address and, unless that is within the host, keys.
///
/// A JSON file that the coordinator writes with mode 0600:
/// `{"format": 1, "address": "tcp://192.0.2.1:5555", "statusPage": "http://192.0.2.1:8090/", "serverKey": "…",
/// "worker": {"name", "publicKey", "secretKey"}, "client": {…}}`, keys in Z85. All but `format` and `address` may be absent.
package struct ConnectionFile: Hashable, Sendable, Codable {
  /// A key pair and its name in the coordinator's `KeyRing`.
  package struct Credentials: Hashable, Sendable, Codable {
    /// The name.
    package var name: String
    /// The public half.
    package var publicKey: CurvePublicKey
    /// The secret half.
    package var secretKey: CurveSecretKey

    /// These keys under this name.
    package init(name: String, keys: CurveKeyPair) {
      (self.name, publicKey, secretKey) = (name, keys.publicKey, keys.secretKey)
    }
  }

  /// The format of the file.
  package private(set) var format = 1
  /// The coordinator's address.
  package var address: String
  /// The address of the page that shows the queue; nil if there is none.
  package var statusPage: String?
  /// The coordinator's public key; nil if it uses none.
  package var serverKey: CurvePublicKey?
  /// A worker's key pair.
  package var worker: Credentials?
  /// A client's key pair.
  package var client: Credentials?

  /// The file of a coordinator at `address`; without keys unless they are given.
  package init(
    address: String, serverKey: CurvePublicKey? = nil, worker: Credentials? = nil, client: Credentials? = nil
  ) {
    (self.address, self.serverKey, self.worker, self.client) = (address, serverKey, worker, client)
  }

  /// The credentials of this role.
  package func credentials(of role: KeyRole) -> Credentials? {
    switch role {
    case .worker: worker
    case .client: client
    }
  }

  /// Reads a file.
  ///
  /// - Throws: `KeyFileError`: it can't be read, others can read its secret keys, its format is unknown, it is not
  ///   what it should be, or its keys don't belong together.
  package init(path: String) throws(KeyFileError) {
    let file = try KeyFile.read(path, as: ConnectionFile.self) { $0.worker != nil || $0.client != nil }
    try file.check(path: path)
    self = file
  }

  /// Refuses an address that is none, and keys that don't belong together; `path` is where they are from.
  func check(path: String) throws(KeyFileError) {
    do throws(EndpointError) {
      try Self.check(address: address)
    } catch {
      throw .badContent(path: path, detail: "“address”: \(error)")
    }
    for case .some(let credentials) in [worker, client] {
      guard (try? CurveKeyPair(secretKey: credentials.secretKey))?.publicKey == credentials.publicKey else {
        throw .mismatchedPair(path: path, name: credentials.name)
      }
    }
  }

  /// Refuses a malformed address.
  package static func check(address: String) throws(EndpointError) { _ = try Endpoint(address) }

  /// Writes the file whole, with mode 0600, also in the place of an earlier one.
  ///
  /// - Throws: `KeyFileError.unwritable`; `otherFile` if something else has the path.
  package func write(to path: String) throws(KeyFileError) {
    try Self.checkPlace(path)
    try KeyFile.write(self, to: path)
  }

  /// Refuses a path at which there is something else than a connection file or an empty file.
  ///
  /// - Throws: `KeyFileError.otherFile`; `unreadable`.
  package static func checkPlace(_ path: String) throws(KeyFileError) {
    do throws(KeyFileError) {
      let bytes = try KeyFile.read(path).bytes
      if !bytes.isEmpty { _ = try KeyFile.decode(bytes, as: ConnectionFile.self, path: path) }
    } catch {
      switch error {
      case .unreadable(_, ENOENT): return
      case .unreadable: throw error
      default: throw .otherFile(path: path)
      }
    }
  }

  /// How to connect to `address`.
  ///
  /// - Parameters:
  ///   - role: As whom.
  ///   - isInsecure: Whether a coordinator without keys may be on another host.
  ///   - path: The file's, for the error.
  /// - Throws: `KeyFileError.noKey` if the coordinator uses keys and the file has none of this role; `ZeroMQError` when
  ///   libzmq was built without CURVE.
  package func security(as role: KeyRole, isInsecure: Bool = false, path: String = "the connection file")
    throws -> Security
  {
    guard let serverKey else { return isInsecure ? .insecure : .loopback }
    guard let credentials = credentials(of: role) else { throw KeyFileError.noKey(path: path, role: role) }
    return .curveClient(try CurveKeyPair(secretKey: credentials.secretKey), server: serverKey)
  }
}

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
    let file = try Self.unnamedFile()
    // Whoever reads it refuses a file that others could read.
    guard fchmod(file, 0o600) == 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
      let code = errno
      close(file)
      throw .unwritable(path: "a file in memory", code: code)
    }
    return file
  }

  private static func unnamedFile() throws(KeyFileError) -> Int32 {
    // Swift can't see this function; it needs no /dev/shm, which containers may lack.
    typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    if let symbol = dlsym(nil, "memfd_create") {
      // MFD_CLOEXEC.
      let file = unsafeBitCast(symbol, to: Create.self)("potline", 1)
      if file >= 0 { return file }
    }
    let name = "/potline-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let file = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .unwritable(path: "/dev/shm" + name, code: errno) }
    shm_unlink(name)
    return file
  }

  /// Whether a line was empty after something else came.
  private static func hasEnded(_ bytes: [UInt8]) -> Bool {
    zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "\n") && $1 == UInt8(ascii: "\n") }
  }
}
