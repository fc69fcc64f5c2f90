import Glibc

/// The service manager that started this process and wants to hear from it: systemd, by the protocol of sd_notify(3), which is
/// datagrams to the Unix socket in `NOTIFY_SOCKET`. It belongs to one thread.
package struct ServiceManager {
  private let path: String
  private var told: Set<String> = []
  private var status = ""

  /// The one that started this process; `nil` if none did that wants to hear.
  ///
  /// - Parameter path: Its socket, `@` before an abstract name. Default: `NOTIFY_SOCKET`, which is taken out of the
  ///   environment, as it is not meant for programs that this one starts.
  package init?(path: String? = nil) {
    let inherited = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
    if path == nil { unsetenv("NOTIFY_SOCKET") }
    guard let path = path ?? inherited, path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1,
      path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    else { return nil }
    self.path = path
  }

  /// The service is up. Said once, however often it is called.
  package mutating func isReady() { once("READY=1") }

  /// The service goes down. Said once, however often it is called.
  package mutating func isStopping() { once("STOPPING=1") }

  /// Reports the current activity as one line of text, when it changes.
  package mutating func isAt(_ status: String) {
    let line = status.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard line != self.status else { return }
    self.status = line
    send("STATUS=" + line)
  }

  private mutating func once(_ message: String) { if told.insert(message).inserted { send(message) } }

  /// Nothing depends on its being heard.
  private func send(_ message: String) {
    let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return }
    defer { close(file) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = path.utf8.map { $0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    if path.hasPrefix("@") { withUnsafeMutableBytes(of: &address.sun_path) { $0[0] = 0 } }
    let size = socklen_t((MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + name.count)
    let bytes = Array(message.utf8)
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(
          file, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, size)
      }
    }
  }
}
