import Foundation
import QueueProtocol

/// What stands at which path.
struct Router: Sendable {
  let rules: AccessRules
  let feed: SnapshotFeed
  let pages: PageCache
  let events: EventStream
  let streams: Tally
  let version: String

  /// A coordinator whose thread did not come round for so long is taken for dead.
  private static let longestSilence = Duration.seconds(60)

  /// A response whose body is `.events` has taken its place in `streams`.
  func respond(to request: RequestHead) async -> Response {
    // Probes show no token, and are told next to nothing.
    switch request.path {
    case "/healthz": return health
    case "/readyz": return readiness
    default: break
    }
    switch rules.judge(request) {
    case .otherHost:
      return .text(421, "This page is served under the names 127.0.0.1 and localhost alone.")
    case .tokenNeeded:
      return .text(
        401, "A token is needed: as “Authorization: Bearer TOKEN”, or once as ?token=TOKEN in the address.",
        ["WWW-Authenticate": "Bearer"])
    case .allowedByAddress where request.path == "/":
      // A page that leads on keeps the token out of the browser's history, and is followed with the cookie, which a
      // redirect after a link on another site would not be.
      var response = Response.html(200, .redirect(to: "/"))
      response.headers["Set-Cookie"] = rules.cookie
      return response
    case .allowedByAddress:
      var response = await page(request)
      response.headers["Set-Cookie"] = rules.cookie
      return response
    case .allowed: return await page(request)
    }
  }

  private var health: Response {
    let silence = feed.exchange.sinceLastSign
    guard feed.exchange.phase == .starting || silence < Self.longestSilence else {
      return .text(503, "the coordinator has not come round for \(silence.components.seconds) s")
    }
    return .text(200, "ok")
  }

  private var readiness: Response {
    switch feed.exchange.phase {
    case .serving: .text(200, "ready")
    case .starting: .text(503, "the coordinator starts")
    case .waitingForStorage: .text(503, "the coordinator waits until its journal can be written")
    case .stopping, .ended: .text(503, "the coordinator stops")
    }
  }

  private func page(_ request: RequestHead) async -> Response {
    let path = request.path
    if path == "/events" {
      guard streams.enter() else {
        return .text(503, "Too many readers at once; try again later.", ["Retry-After": "5"])
      }
      return Response(status: 200, type: "text/event-stream", body: .events)
    }
    guard path == "/" || path == "/metrics" || path == "/api" || path.hasPrefix("/api/") else {
      return .text(404, "There is nothing here; see /, /api, /metrics, /healthz and /readyz.")
    }
    guard let taken = await feed.fresh() else {
      return .text(503, "The coordinator has not said anything yet; try again.", ["Retry-After": "1"])
    }
    switch path {
    case "/": return .html(200, await pages.page(of: taken))
    case "/metrics":
      let text = Metrics.text(
        taken.snapshot, version: version, streams: streams.count, phase: feed.exchange.phase)
      return Response(
        status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: .bytes(Array(text.utf8)))
    default: return API.response(path, taken.snapshot)
    }
  }
}
