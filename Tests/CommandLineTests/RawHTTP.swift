import Foundation
import Testing

/// A connection to a status page, as bytes go over it.
final class RawHTTP {
  struct Answer {
    let status: Int
    let head: String
    var body: String

    /// A header's value, by its name as it is sent.
    func header(_ name: String) -> String? {
      head.components(separatedBy: "\r\n").first { $0.hasPrefix(name + ": ") }.map {
        String($0.dropFirst(name.count + 2))
      }
    }

    /// The body as JSON.
    func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }
  }

  private let file: Int32
  private var received: [UInt8] = []
  private(set) var hasEnded = false

  /// - Parameters:
  ///   - url: `http://127.0.0.1:PORT/`.
  ///   - receiveBuffer: What the system may hold unread, in bytes.
  init(_ url: String, receiveBuffer: Int32? = nil) throws {
    let port = try #require(URL(string: url)?.port)
    file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var bytes = receiveBuffer {
      setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0, "\(url): \(String(cString: strerror(errno)))")
  }

  deinit { close(file) }

  /// What comes back for a GET of `target`.
  static func get(_ url: String, _ target: String, _ fields: String...) throws -> Answer {
    let connection = try RawHTTP(url)
    connection.send("GET \(target) HTTP/1.1\r\n" + (fields + ["Connection: close"]).joined(separator: "\r\n"))
    return try connection.answer()
  }

  /// A request's head, with a Host if it has none, without the empty line.
  func send(_ head: String) {
    let host = head.contains("\nHost:") ? "" : "\r\nHost: 127.0.0.1"
    send(raw: head + host + "\r\n\r\n")
  }

  func send(raw text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// The next answer with its body; all there is if its length isn't said.
  func answer(hasBody: Bool = true) throws -> Answer {
    var answer = try head()
    let length = answer.header("Content-Length").flatMap { Int($0) }
    let count = hasBody ? length : 0
    while !hasEnded, count.map({ received.count < $0 }) ?? true { receive() }
    let body = received.prefix(count ?? received.count)
    received.removeFirst(body.count)
    answer.body = String(decoding: body, as: UTF8.self)
    return answer
  }

  /// The next answer's head; the body stays to be read.
  func head() throws -> Answer {
    let text = try text(upTo: "\r\n\r\n")
    return Answer(status: Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0, head: text, body: "")
  }

  /// The next event of a stream: all up to an empty line.
  func event() throws -> String { try text(upTo: "\n\n") }

  /// Waits until more comes or the other side has closed; whether it has.
  func endsHere() -> Bool {
    if received.isEmpty, !hasEnded { receive() }
    return received.isEmpty && hasEnded
  }

  private func text(upTo end: String) throws -> String {
    let deadline = Date(timeIntervalSinceNow: 60)
    while true {
      let text = String(decoding: received, as: UTF8.self)
      if let range = text.range(of: end) {
        received = Array(text[range.upperBound...].utf8)
        return String(text[..<range.lowerBound])
      }
      try #require(
        !hasEnded && Date() < deadline, "ended before \(end.debugDescription): \(text.suffix(200))")
      receive()
    }
  }

  private func receive() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(file, &buffer, buffer.count, 0)
    if count > 0 { received += buffer.prefix(count) } else { hasEnded = true }
  }
}
