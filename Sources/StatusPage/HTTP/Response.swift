import Foundation

/// What is sent back.
struct Response: Sendable, Equatable {
  enum Body: Sendable, Equatable {
    case bytes([UInt8])
    /// Events until one side has had enough.
    case events
  }

  var status: Int
  var headers: [String: String]
  var body: Body

  init(status: Int, type: String, body: Body, headers: [String: String] = [:]) {
    self.status = status
    self.headers = Self.common.merging(headers) { $1 }
    self.headers["Content-Type"] = type
    self.body = body
  }

  static func text(_ status: Int, _ text: String, _ headers: [String: String] = [:]) -> Response {
    Response(
      status: status, type: "text/plain; charset=utf-8", body: .bytes(Array((text + "\n").utf8)),
      headers: headers)
  }

  static func html(_ status: Int, _ page: HTMLPage) -> Response {
    Response(
      status: status, type: "text/html; charset=utf-8", body: .bytes(Array(page.text.utf8)),
      headers: ["Content-Security-Policy": page.contentSecurityPolicy])
  }

  static func json(_ value: some Encodable) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(value) else { return .text(500, "A number has no JSON.") }
    return Response(
      status: 200, type: "application/json", body: .bytes(Array(text) + [UInt8(ascii: "\n")]))
  }

  /// The head as it is sent. `isClosing`: whether the connection ends after it.
  func head(isClosing: Bool, date: Date = Date()) -> [UInt8] {
    var lines = ["HTTP/1.1 \(status) \(Self.phrases[status] ?? "Status")", "Date: \(Self.text(of: date))"]
    lines += headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }
    if case .bytes(let bytes) = body { lines.append("Content-Length: \(bytes.count)") }
    if isClosing { lines.append("Connection: close") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static let common = [
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  ]

  private static let phrases = [
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed",
    413: "Content Too Large", 421: "Misdirected Request", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]

  /// As in “Sun, 06 Nov 1994 08:49:37 GMT” (RFC 9110, 5.6.7).
  private static func text(of date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return String(
      format: "%@, %02d %@ %04d %02d:%02d:%02d GMT", days[Int(parts.tm_wday)], parts.tm_mday,
      months[Int(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}
