import Foundation
import QueueProtocol
import Synchronization

/// Maps paths to responses.
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

/// The stream of `/events`: first all parts of the page, then the changed ones.
struct EventStream: Sendable {
  let feed: SnapshotFeed
  let pages: PageCache
  let limits: Limits
  let stop: StopFlag

  /// Runs until the server stops, the task is cancelled or `send` throws.
  func run(_ send: ([UInt8]) async throws -> Void) async throws {
    try await send(Array("retry: 2000\n\n".utf8))
    var (number, sent): (Int, [PagePart: String]) = (0, [:])
    while !stop.isSet, !Task.isCancelled {
      guard let taken = await feed.next(after: number, patience: limits.keepAlive) else {
        if !stop.isSet { try await send(Array(": no news\n\n".utf8)) }
        continue
      }
      number = taken.number
      let parts = await pages.parts(of: taken)
      let changed = parts.filter { sent[$0.key] != $0.value }
      sent = parts
      if !changed.isEmpty { try await send(Self.event("parts", changed)) }
      try? await Task.sleep(for: limits.updateInterval)
    }
    try await send(Array("event: end\ndata: {}\n\n".utf8))
  }

  /// JSON has no line breaks of its own, so one `data` line is enough.
  private static func event(_ name: String, _ parts: [PagePart: String]) throws -> [UInt8] {
    let byName = Dictionary(uniqueKeysWithValues: parts.map { ($0.key.rawValue, $0.value) })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array("event: \(name)\ndata: ".utf8) + Array(try encoder.encode(byName)) + Array("\n\n".utf8)
  }
}

/// Whether the server is to stop.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
