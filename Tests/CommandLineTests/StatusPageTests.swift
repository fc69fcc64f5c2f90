import Foundation
import QueueProtocol
import Testing

/// The status page of a real coordinator, over real sockets.
@Suite(.serialized, .timeLimit(.minutes(10))) struct StatusPageTests {
  private let folder: TestFolder
  private let service: QueueService
  private let url: String

  init() throws {
    folder = try TestFolder()
    service = try QueueService(in: folder, options: ["--status", "127.0.0.1:0"])
    url = try Self.url(service)
    try Self.waitUntilReady(url)
  }

  private static func waitUntilReady(_ url: String) throws {
    try waitUntil("it is ready") { try RawHTTP.get(url, "/readyz").status == 200 }
  }

  /// The page's address as the coordinator prints it.
  private static func url(_ service: QueueService) throws -> String {
    try #require(service.listening?["statusPage"] as? String).replacingOccurrences(
      of: "0.0.0.0", with: "127.0.0.1")
  }

  private func client() throws -> QueueClient {
    try QueueClient(.init(address: try ConnectionFile(path: service.connection).address))
  }

  @Test func pathsAndWhatTheySay() throws {
    try folder.write(smallStudy(), to: "study.yaml")
    let id = try service.run("submit", "study.yaml", "--priority", "2")
    #expect(try ConnectionFile(path: service.connection).statusPage == url)
    #expect(try RawHTTP.get(url, "/healthz").status == 200)
    #expect(try RawHTTP.get(url, "/readyz").body == "ready\n")
    let page = try RawHTTP.get(url, "/")
    #expect(page.status == 200 && page.body.contains("<span class=\"name\">small</span>"))
    #expect(page.header("Content-Type") == "text/html; charset=utf-8")
    #expect(page.header("Cache-Control") == "no-store" && page.header("Referrer-Policy") == "no-referrer")
    #expect(page.header("X-Content-Type-Options") == "nosniff")
    #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'; ") == true)
    let metrics = try RawHTTP.get(url, "/metrics")
    #expect(metrics.body.contains("potline_study_jobs{study=\"\(id)\",name=\"small\",state=\"queued\"} 6\n"))
    #expect(metrics.header("Content-Type")?.hasPrefix("text/plain; version=0.0.4") == true)
    let whole = try RawHTTP.get(url, "/api").json()
    #expect(whole["address"] as? String == (try ConnectionFile(path: service.connection).address))
    #expect((whole["studies"] as? [Any])?.count == 1)
  }

  @Test func jsonIsWhatTheCommandsPrint() throws {
    try folder.write(smallStudy(), to: "study.yaml")
    try service.run("submit", "study.yaml")
    let printed = try Program.start(["status", "--connection", service.connection, "--json"], in: folder)
      .wait()
    #expect(try RawHTTP.get(url, "/api/studies").body == printed.output)
    let one = try Program.start(["status", "s1", "--connection", service.connection, "--json"], in: folder)
      .wait()
    #expect(try RawHTTP.get(url, "/api/studies/s1").body == one.output)
    #expect(try RawHTTP.get(url, "/api/workers").body == "[\n\n]\n")
    for path in ["/api/studies/s2", "/api/studies/x", "/api/x", "/x", "//"] {
      #expect(try RawHTTP.get(url, path).status == 404, "\(path)")
    }
  }

  @Test func requestsThatAreNotServed() throws {
    #expect(try RawHTTP.get(url, "/", "Host: evil.example").status == 421)
    #expect(try RawHTTP.get(url, "/events", "Host: evil.example").status == 421)
    #expect(try RawHTTP.get(url, "/healthz", "Host: 10.0.0.1:8090").status == 200, "a probe")
    let post = try RawHTTP(url)
    post.send("POST / HTTP/1.1\r\nContent-Length: 3")
    let answer = try post.answer()
    #expect(answer.status == 405 && answer.header("Allow") == "GET, HEAD")
    #expect(try RawHTTP.get(url, "/", "Content-Length: 5").status == 413)
    let long = try RawHTTP(url)
    long.send(raw: "GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 30_000))
    #expect(try long.answer().status == 431)
    let nonsense = try RawHTTP(url)
    nonsense.send(raw: "\u{16}\u{3}\u{1}\r\n\r\n")
    #expect(try nonsense.answer().status == 400)
  }

  @Test func oneConnectionServesSeveralRequests() throws {
    let connection = try RawHTTP(url)
    connection.send(
      raw: "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let head = try connection.answer(hasBody: false)
    #expect(head.status == 200 && (head.header("Content-Length").flatMap { Int($0) } ?? 0) > 1000)
    #expect(try connection.answer().body == "ok\n")
    connection.send("GET /readyz HTTP/1.1\r\nConnection: close")
    #expect(try connection.answer().body == "ready\n" && connection.hasEnded == false)
  }

  @Test func eventsTellWhatHappensAndEndWithTheCoordinator() throws {
    let stream = try RawHTTP(url)
    stream.send("GET /events HTTP/1.1")
    #expect(try stream.head().header("Content-Type") == "text/event-stream")
    #expect(try stream.event() == "retry: 2000")
    let first = try stream.event()
    #expect(first.hasPrefix("event: parts\ndata: {\"attempts\":") && first.contains("No study yet"))

    let trap = "<script>alert('1')</script>"
    _ = try client().submit(Submission(name: trap, jobs: [NewJob(payload: [1, 2, 3])]))
    var event = ""
    while !event.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;") { event = try stream.event() }
    #expect(!event.contains("<script"))
    // What has not changed is not said again.
    #expect(!event.contains("\"failures\":"))
    #expect(try RawHTTP.get(url, "/metrics").body.contains("potline_status_streams 1\n"))

    service.coordinator.signal(SIGTERM)
    while !event.hasPrefix("event: end\n") { event = try stream.event() }
    #expect(try service.coordinator.wait(limit: 10).status == 0)
    #expect(stream.endsHere())
  }

  @Test func failuresAreToldAlsoAfterARestart() throws {
    let client = try client()
    let (study, _) = try client.submit(Submission(name: "s", jobs: [NewJob(payload: Array("no job".utf8))]))
    let worker = try service.workers("--processes", "1")
    try waitUntil("the job is set aside") { try client.status(of: study).study.failed == 1 }
    func page() throws -> String {
      // A picture may be half a second old.
      var body = ""
      try waitUntil("the failure is shown") {
        body = try RawHTTP.get(url, "/").body
        return body.contains("<details")
      }
      return body
    }
    let before = try page()
    #expect(before.contains("s1 member 0") && before.contains("invalidJob"))
    let metrics = try RawHTTP.get(url, "/metrics").body
    #expect(
      metrics.contains("potline_attempts_ended_total{end=\"invalidJob\",counts_as_failure=\"true\"} 1\n"))
    #expect(!metrics.contains("potline_journal_commit_duration_seconds_count 0\n"))
    worker.signal(SIGTERM)
    _ = try worker.wait(limit: 20)
    service.coordinator.signal(SIGKILL)
    try service.startAgain()
    let again = try Self.url(service)
    let body = try RawHTTP.get(again, "/").body
    #expect(body.contains("s1 member 0") && body.contains("invalidJob"))
    #expect(body.contains("No attempt has ended since"))
  }

  @Test func readersWhoDontReadDelayNothing() throws {
    let lazy = try (0..<20).map { _ in
      let reader = try RawHTTP(url, receiveBuffer: 4096)
      reader.send("GET /events HTTP/1.1")
      return reader
    }
    try waitUntil("all follow") {
      try RawHTTP.get(url, "/metrics").body.contains("potline_status_streams 20\n")
    }
    // There is room for twelve more, and no others.
    let more = try (0..<13).map { _ in
      let reader = try RawHTTP(url)
      reader.send("GET /events HTTP/1.1")
      return (reader, try reader.head().status)
    }
    #expect(more.map(\.1) == [Int](repeating: 200, count: 12) + [503])
    try folder.write(smallStudy(), to: "study.yaml")
    let workers = try service.workers("--processes", "1")
    let id = try service.run("submit", "study.yaml")
    try service.run("wait", id, "--quiet")
    #expect(try service.finished(id) == 6)
    #expect(try RawHTTP.get(url, "/api/workers").status == 200)
    withExtendedLifetime((lazy, more)) {}
    try service.stop()
    #expect(try workers.wait(limit: 20).status == 0)
  }

  @Test func elsewhereATokenIsNeeded() throws {
    let folder = try TestFolder()
    let service = try QueueService(in: folder, options: ["--status", "0.0.0.0:0"])
    let url = try Self.url(service)
    try Self.waitUntilReady(url)
    let file = folder / "state/status-token"
    #expect(service.listening?["statusTokenFile"] as? String == "state/status-token")
    let token = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
    #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    let refused = try RawHTTP.get(url, "/")
    #expect(refused.status == 401 && refused.header("WWW-Authenticate") == "Bearer")
    for path in ["/metrics", "/api", "/events", "/x", "/?token=\(token)0"] {
      #expect(try RawHTTP.get(url, path).status == 401, "\(path)")
    }
    #expect(try RawHTTP.get(url, "/healthz").status == 200)
    #expect(try RawHTTP.get(url, "/metrics", "Authorization: Bearer \(token)").status == 200)
    let opened = try RawHTTP.get(url, "/?token=\(token)", "Host: any.example")
    let cookie = try #require(opened.header("Set-Cookie")?.split(separator: ";").first)
    #expect(opened.body.contains("url=/\"") && !opened.body.contains(token))
    #expect(try RawHTTP.get(url, "/", "Cookie: \(cookie)").body.contains("No study yet"))
    #expect(try RawHTTP.get(url, "/api?token=\(token)").json()["queue"] != nil)
    service.coordinator.signal(SIGTERM)
    try service.startAgain()
    let again = try Self.url(service)
    #expect(try RawHTTP.get(again, "/api", "Authorization: Bearer \(token)").status == 200)
  }

  @Test func whatCantBeServedIsRefusedAtTheStart() throws {
    func refused(_ options: String..., in place: String = "other") throws -> Program.Result {
      try Program.start(["coordinator", "--state", place] + options, in: folder).wait(limit: 20)
    }
    let port = try #require(URL(string: url)?.port)
    let inUse = try refused("--status", "127.0.0.1:\(port)")
    #expect(inUse.status == 70 && inUse.errors.contains("127.0.0.1:\(port)"))
    #expect(!FileManager.default.fileExists(atPath: folder / "other/connection.json"))
    let foreign = try refused("--status", "192.0.2.1:8090")
    #expect(foreign.status == 70 && foreign.errors.contains("192.0.2.1:8090"))
    try folder.write("0123456789abcdef\n", to: "token")
    chmod(folder / "token", 0o644)
    let open = try refused("--status", "127.0.0.1:0", "--status-token-file", "token")
    #expect(open.status == 65 && open.errors.contains("token"))
    let missing = try refused("--status", "127.0.0.1:0", "--status-token-file", "nowhere")
    #expect(missing.status == 65 && missing.errors.contains("nowhere"))
    chmod(folder / "token", 0o600)
    let second = try QueueService(
      in: try TestFolder(),
      options: ["--status", "127.0.0.1:0", "--status-token-file", folder / "token"])
    let answer = try RawHTTP.get(try Self.url(second), "/api")
    #expect(answer.status == 401, "a token that was asked for counts on loopback, too")
  }

  @Test func aRunCanBeWatched() throws {
    // Longer than the test: a signal ends it once the page has been read.
    try folder.write(smallStudy(epochs: 1_000_000), to: "run.yaml")
    let run = try Program.start(
      ["run", "run.yaml", "-o", "out", "--processes", "2", "--status", "127.0.0.1:0"], in: folder)
    try waitUntil("the page's address is said") { run.errors.contains(/status page: http.*\n/) }
    let rest = try #require(run.errors.components(separatedBy: "status page: ").dropFirst().first)
    let url = String(rest.prefix { $0 != "\n" })
    try waitUntil("a loss is drawn") {
      try #require(run.process.isRunning, "\(run.errors)")
      return try RawHTTP.get(url, "/").body.contains("<svg class=\"spark\"")
    }
    run.signal(SIGINT)
    #expect(try run.wait().status == 130)
  }
}
