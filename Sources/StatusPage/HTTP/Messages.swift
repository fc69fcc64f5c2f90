import Foundation

/// The head of a request; requests with a body are refused.
struct RequestHead: Sendable, Equatable {
  /// The longest head in bytes.
  static let maximumBytes = 16 << 10

  let isHead: Bool
  /// As sent, beginning with “/”, without the query.
  let path: String
  /// Of a name that stands twice, the first value.
  let query: [String: String]
  let host: String
  let authorization: String?
  let isKeptAlive: Bool
  private let cookieHeaders: [String]

  /// Reads a head without the empty line at its end.
  init(_ bytes: some Sequence<UInt8>) throws(RequestError) {
    var lines: [String] = []
    for bytes in Array(bytes).split(separator: 10, omittingEmptySubsequences: false) {
      let text = bytes.last == 13 ? bytes.dropLast() : bytes
      guard let line = String(validating: text, as: UTF8.self) else { throw .malformed }
      lines.append(line)
    }
    guard !lines.isEmpty else { throw .malformed }
    let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw .malformed }
    guard words[0] == "GET" || words[0] == "HEAD" else { throw .otherMethod }
    isHead = words[0] == "HEAD"
    guard words[1].first == "/" else { throw .malformed }
    let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(target[0])
    query = Self.query(target.count > 1 ? target[1] : "")
    let fields = try Self.fields(lines)
    guard fields["content-length", default: ["0"]] == ["0"], fields["transfer-encoding"] == nil else {
      throw .hasBody
    }
    let hosts = fields["host", default: []]
    guard hosts.count == 1 || (hosts.isEmpty && words[2] == "HTTP/1.0") else { throw .malformed }
    host = hosts.first ?? ""
    authorization = fields["authorization"]?.first
    cookieHeaders = fields["cookie", default: []]
    let connection = fields["connection", default: []].joined(separator: ",").lowercased()
    isKeptAlive = words[2] == "HTTP/1.1" && !connection.contains("close")
  }

  func cookies(named name: String) -> [String] {
    cookieHeaders.flatMap { $0.split(separator: ";") }.compactMap { cookie in
      let pair = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      return pair.count == 2 && pair[0] == name ? String(pair[1]) : nil
    }
  }

  private static func fields(_ lines: [String]) throws(RequestError) -> [String: [String]] {
    var fields: [String: [String]] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw .malformed }
      let name = line[..<colon]
      guard name.utf8.allSatisfy({ (33...126).contains($0) }) else { throw .malformed }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      guard value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else { throw .malformed }
      var trimmed = String(value)
      while trimmed.last == " " || trimmed.last == "\t" { trimmed.removeLast() }
      fields[name.lowercased(), default: []].append(trimmed)
    }
    return fields
  }

  private static func query(_ text: Substring) -> [String: String] {
    var query: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = String(parts[0]).removingPercentEncoding, query[name] == nil else { continue }
      query[name] = parts.count > 1 ? String(parts[1]).removingPercentEncoding ?? "" : ""
    }
    return query
  }
}

/// A request that is not served.
enum RequestError: Error, Equatable {
  case malformed, otherMethod, hasBody, tooLong

  var response: Response {
    switch self {
    case .malformed: .text(400, "This is not a request that can be understood.")
    case .otherMethod: .text(405, "Only GET and HEAD are served.", ["Allow": "GET, HEAD"])
    case .hasBody: .text(413, "Requests with a body are not served.")
    case .tooLong: .text(431, "The head of the request has more than \(RequestHead.maximumBytes) bytes.")
    }
  }
}

/// An HTTP response.
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

  /// The head in HTTP's notation. `isClosing`: whether the connection ends after it.
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
