import Glibc

/// Why there can be no status page.
package enum StatusPageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no address.
  case badAddress(String)
  /// The address can't be listened at.
  case cannotListen(StatusAddress, code: Int32)
  /// The token's file can't be read or written.
  case tokenFile(path: String, code: Int32)
  /// Others may read the token.
  case tokenReadableByOthers(path: String, mode: UInt32)
  /// The file has no token.
  case badToken(path: String)

  /// Whether the files of the coordinator, not what the user asked for, are to blame.
  package var isAboutFiles: Bool {
    switch self {
    case .badAddress, .cannotListen: false
    case .tokenFile, .tokenReadableByOthers, .badToken: true
    }
  }

  /// What is wrong and what to do.
  package var description: String {
    switch self {
    case .badAddress(let text):
      """
      --status “\(text)”: not an IP address of this machine and a port; write 127.0.0.1:8090, or 0.0.0.0:8090 for other \
      hosts too (port 0: the system chooses one)
      """
    case .cannotListen(let address, EADDRINUSE):
      "--status \(address): another program listens there: use another port, or port 0 for one that is free"
    case .cannotListen(let address, EADDRNOTAVAIL):
      "--status \(address): this machine has no such address: use one of its own, or 0.0.0.0 for all"
    case .cannotListen(let address, EACCES):
      "--status \(address): not allowed; ports below 1024 need a right of their own: use one above"
    case .cannotListen(let address, let code): "--status \(address): \(String(cString: strerror(code)))"
    case .tokenFile(let path, let code):
      "the status page's token in \(path): \(String(cString: strerror(code)))"
    case .tokenReadableByOthers(let path, let mode):
      """
      \(path) holds the status page's token, and others may read it (mode \(String(mode, radix: 8))): run \
      `chmod 600 \(path)`, and put a new token into it if somebody may have read it
      """
    case .badToken(let path):
      "\(path) holds no token: it must be one line of 16 to 256 letters, digits, '-', '.', '_' or '~'"
    }
  }
}
