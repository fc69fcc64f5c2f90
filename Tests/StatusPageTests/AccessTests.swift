import Foundation
import Testing

@testable import StatusPage

@Suite struct AccessTests {
  private func request(_ target: String = "/", host: String = "h", _ fields: String...) throws -> RequestHead
  {
    try RequestHead(
      Array((["GET \(target) HTTP/1.1", "Host: \(host)"] + fields).joined(separator: "\r\n").utf8))
  }

  @Test(arguments: [
    ("localhost", true), ("localhost:8090", true), ("LOCALHOST:1", true), ("127.0.0.1:8090", true),
    ("[::1]:8090", true),
    ("evil.example", false), ("evil.example:8090", false), ("localhost.evil.example", false),
    ("127.0.0.1.evil.example", false), ("localhost:x", false), ("", false), ("127.0.0.2", false),
  ])
  func onLoopbackOnlyItsOwnNamesAreServed(host: String, isServed: Bool) throws {
    let rules = AccessRules(token: nil, address: try StatusAddress("127.0.0.1:8090"))
    #expect(rules.judge(try request(host: host)) == (isServed ? .allowed : .otherHost))
  }

  @Test func elsewhereTheTokenCounts() throws {
    let token = AccessToken("0123456789abcdef")
    let rules = AccessRules(token: token, address: try StatusAddress("0.0.0.0:8090"))
    #expect(rules.judge(try request()) == .tokenNeeded)
    #expect(rules.judge(try request("/", "Authorization: Bearer 0123456789abcdef")) == .allowed)
    #expect(rules.judge(try request("/", "Authorization: bearer  0123456789abcdef")) == .allowed)
    for wrong in [
      "Bearer 0123456789abcdeF", "Bearer", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef",
    ] {
      #expect(rules.judge(try request("/", "Authorization: \(wrong)")) == .tokenNeeded, "\(wrong)")
    }
    #expect(rules.judge(try request("/?token=0123456789abcdef")) == .allowedByAddress)
    #expect(rules.judge(try request("/?token=0123456789abcde")) == .tokenNeeded)
    let cookie = try #require(rules.cookie)
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    #expect(!cookie.contains("0123456789abcdef"), "the token itself is not for the browser to keep")
    let pair = try #require(cookie.split(separator: ";").first)
    #expect(rules.judge(try request("/", "Cookie: x=y; \(pair)")) == .allowed)
    #expect(rules.judge(try request("/", "Cookie: potline-status-8090=0123456789abcdef")) == .tokenNeeded)
    #expect(rules.judge(try request("/", "Cookie: \(pair)0")) == .tokenNeeded)
  }

  @Test func tokenFiles() throws {
    let folder = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/status-token"
    #expect(throws: StatusPageError.tokenFile(path: path, code: ENOENT)) { try AccessToken.read(path) }
    let made = try AccessToken.readOrMake(path)
    let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
    #expect(text.count == 64 && made.isEqual(text))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try AccessToken.readOrMake(path).isEqual(text), "it stays the same")
    #expect(try AccessToken.readOrMake(folder + "/other").isEqual(text) == false)
    chmod(path, 0o640)
    #expect(throws: StatusPageError.tokenReadableByOthers(path: path, mode: 0o640)) {
      try AccessToken.readOrMake(path)
    }
    chmod(path, 0o600)
    for bad in [
      "", "short", "with a space in it....", String(repeating: "a", count: 257), "1234567890123456\nx",
    ] {
      try bad.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(throws: StatusPageError.badToken(path: path), "\(bad)") { try AccessToken.read(path) }
    }
    #expect(throws: StatusPageError.badToken(path: folder)) { try AccessToken.read(folder) }
  }
}
