import Testing

@testable import StatusPage

@Suite struct RequestHeadTests {
  private func read(_ lines: String...) throws -> RequestHead {
    try RequestHead(Array(lines.joined(separator: "\r\n").utf8))
  }

  @Test func whatIsAskedForIsRead() throws {
    let head = try read(
      "GET /api/studies?token=a%20b&x&token=c HTTP/1.1", "Host:  localhost:8090 ", "AUTHORIZATION: Bearer t",
      "Cookie: a=1; b=2", "Cookie: b=3")
    #expect(head.path == "/api/studies" && head.query == ["token": "a b", "x": ""])
    #expect(head.host == "localhost:8090" && head.authorization == "Bearer t")
    #expect(head.cookies(named: "b") == ["2", "3"] && head.cookies(named: "c").isEmpty)
    #expect(!head.isHead && head.isKeptAlive)
    #expect(try read("HEAD / HTTP/1.1", "Host: h", "Connection: Close").isKeptAlive == false)
    #expect(try read("HEAD / HTTP/1.0").isHead)
    #expect(try RequestHead(Array("GET / HTTP/1.1\nHost: h".utf8)).host == "h")
  }

  @Test(arguments: [
    "", "GET", "GET / HTTP/2", "GET / HTTP/1.1", "GET /  HTTP/1.1\r\nHost: h", "GET x HTTP/1.1\r\nHost: h",
    "GET / HTTP/1.1\r\nHost: h\r\nHost: h", "GET / HTTP/1.1\r\nHost: h\r\n folded",
    "GET / HTTP/1.1\r\nHost : h", "GET / HTTP/1.1\r\nHost: h\r\nA: \u{1}", "GET / HTTP/1.1\r\nHost: h\r\n: b",
    "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc",
  ])
  func whatMakesNoSenseIsRefused(text: String) {
    #expect(throws: RequestError.malformed) { try RequestHead(Array(text.utf8)) }
  }

  @Test func otherRequestsAreRefused() {
    #expect(throws: RequestError.otherMethod) { try read("POST / HTTP/1.1", "Host: h") }
    #expect(throws: RequestError.hasBody) { try read("GET / HTTP/1.1", "Host: h", "Content-Length: 1") }
    #expect(throws: RequestError.hasBody) {
      try read("GET / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked")
    }
    #expect(throws: RequestError.malformed) { try RequestHead([0x47, 0xFF, 0x20]) }
  }

  @Test func theEndOfAHeadIsFoundWhereverItIsCut() {
    let text = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET".utf8)
    let end = text.count - 3
    for cut in 0...text.count {
      let found = HeadEnd.find(in: Array(text[..<cut]))
      #expect(found?.upperBound == (cut >= end ? end : nil), "cut at \(cut)")
    }
    #expect(HeadEnd.find(in: Array("A\n\nB".utf8)) == 1..<3)
  }

  @Test(arguments: ["127.0.0.1:8090", "[::1]:0", "0.0.0.0:65535"])
  func addresses(text: String) throws {
    let address = try StatusAddress(text)
    #expect(address.description == text)
    #expect(address.isLoopback == !text.hasPrefix("0"))
    #expect(try StatusAddress("localhost:1").description == "127.0.0.1:1")
  }

  @Test(arguments: [
    "", "8090", ":8090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[host]:80", "1.2.3:80",
    "1.2.3.4.5:80", "1:-1",
  ])
  func wrongAddresses(text: String) {
    #expect(throws: StatusPageError.badAddress(text)) { try StatusAddress(text) }
  }

  @Test func nameThatDoesNotResolveIsSaid() {
    let error = #expect(throws: StatusPageError.self) { try StatusAddress("nowhere.invalid:80") }
    guard case .unresolved("nowhere.invalid:80", let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
  }
}
