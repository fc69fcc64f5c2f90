/// Who may read the page.
struct AccessRules: Sendable {
  enum Verdict: Equatable {
    case allowed
    /// The token stood in the address: the browser is to keep a cookie in its place.
    case allowedByAddress
    /// The request was sent to another name: a page of another origin may be behind it.
    case otherHost
    case tokenNeeded
  }

  /// `nil` on a loopback address.
  let token: AccessToken?
  /// Where the server listens, with its true port.
  let address: StatusAddress

  /// One for each port, as browsers don't keep cookies apart by port.
  var cookieName: String { "potline-status-\(address.port)" }

  func judge(_ request: RequestHead) -> Verdict {
    guard let token else { return isOwnName(request.host) ? .allowed : .otherHost }
    if let header = request.authorization, let shown = Self.bearer(header), token.isEqual(shown) {
      return .allowed
    }
    if let shown = request.query["token"], token.isEqual(shown) { return .allowedByAddress }
    if request.cookies(named: cookieName).contains(where: token.isCookie) { return .allowed }
    return .tokenNeeded
  }

  var cookie: String? {
    token.map { "\(cookieName)=\($0.cookieValue); Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000" }
  }

  /// On loopback a name that resolves there may be anybody's; these can't be.
  private func isOwnName(_ host: String) -> Bool {
    var name = host.lowercased()
    if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
      guard UInt16(name[name.index(after: colon)...]) != nil else { return false }
      name = String(name[..<colon])
    }
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]"
      || name == (address.isIPv6 ? "[\(address.host)]" : address.host)
  }

  private static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1].drop { $0 == " " })
  }
}
