import CheckedJSON
import Foundation
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    "0", "-1.5e+10", " [ ] ", "{}", "[1,2,{\"a\":null}]", "\"\\u00e9\\ud83d\\ude00\\n\\\"\"", "true", "false",
    "{\"a\": {\"b\": [\"ü\", 1e9]}, \"c\": \"\"}", "\t\r\n1\r\n", "{\"a\":{\"a\":1}}",
  ])
  func acceptsJSON(text: String) throws {
    #expect(throws: Never.self) { try JSON.check(Array(text.utf8)) }
    #expect(throws: Never.self) { try read(text) }
    #expect(throws: Never.self) {
      try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
  }

  @Test(arguments: [
    "", " ", "[", "]", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{1:2}", "{\"a\":1,}", "01", "1.", ".5", "+1",
    "1e", "-",
    "tru", "nulll", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
    "\"\u{1}\"",
    "1 2", "[1 2]", "NaN", "\r", "[\r", "'a'",
  ])
  func refusesAnythingElse(text: String) {
    let checked = #expect(throws: JSONSyntaxError.self) { try JSON.check(Array(text.utf8)) }
    let value = #expect(throws: JSONSyntaxError.self) { try read(text) }
    #expect(checked == value)
  }

  @Test func refusesBytesThatAreNotText() {
    #expect(throws: JSONSyntaxError.self) { try JSON.check([0x22, 0xFF, 0x22]) }
  }

  @Test(arguments: ["{\"a\":1,\"b\":2,\"a\":3}", "[{\"x\":{\"é\":1,\"\\u00e9\":2}}]"])
  func refusesNamesThatOccurTwice(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSON.check(Array(text.utf8)) }
    #expect(throws: JSONSyntaxError.self) { try read(text) }
  }

  @Test func findsNamesThatOccurTwiceAmongMany() {
    let members = (0..<100).map { "\"m\($0)\":\($0)" }
    #expect(throws: Never.self) { try JSON.check(Array("{\(members.joined(separator: ","))}".utf8)) }
    for twice in ["\"m0\":0", "\"m16\":0", "\"m99\":0"] {
      #expect(throws: JSONSyntaxError.self) {
        try JSON.check(Array("{\((members + [twice]).joined(separator: ","))}".utf8))
      }
    }
  }

  @Test func refusesDeepNesting() {
    let nested = { (depth: Int) in
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(throws: Never.self) { try JSON.check(nested(JSON.maximumDepth)) }
    let error = #expect(throws: JSONSyntaxError.self) { try JSON.check(nested(JSON.maximumDepth + 1)) }
    #expect(error?.offset == JSON.maximumDepth)
    #expect(throws: Never.self) { try JSON.check(nested(3), maximumDepth: 3) }
    #expect(throws: JSONSyntaxError.self) { try JSON.check(nested(4), maximumDepth: 3) }
    #expect(throws: JSONSyntaxError.self) {
      try JSON.check(Array(repeating: UInt8(ascii: "["), count: 1 << 20))
    }
  }

  @Test func valuesAreRead() throws {
    let value = try read(
      #" {"a": [0, -7, 9223372036854775807], "b": [1.0, 1e2, 99999999999999999999, 1e999], "c": "\ud83d\ude00é\/\t\"", "d": [true, false, null]} "#
    )
    #expect(value["a"] == .array([.integer(0), .integer(-7), .integer(.max)]))
    #expect(value["b"] == .array([.number(1), .number(100), .number(1e20), .number(.infinity)]))
    #expect(value["c"]?.text == "😀é/\t\"")
    #expect(value["d"] == .array([.bool(true), .bool(false), .null]))
    #expect(value["e"] == nil && value["a"]?["x"] == nil && value["a"]?.text == nil)
    #expect(value["a"]?.naturals == nil && value["b"]?.naturals == nil && value["c"]?.naturals == nil)
    #expect(JSON.array([.integer(3), .integer(0)]).naturals == [3, 0])
  }

  @Test func decodesWhatIsRightAndNamesWhatIsWrong() throws {
    #expect(try JSONDecoder().decodeChecked([Int].self, from: Array("[1, 2]".utf8)) == [1, 2])
    let error = #expect(throws: JSONSyntaxError.self) {
      try JSONDecoder().decodeChecked([Int].self, from: Array("[".utf8))
    }
    #expect(error?.offset == 1)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decodeChecked([Int].self, from: Array("{}".utf8))
    }
  }

  private func read(_ text: String) throws -> JSON {
    try Array(text.utf8).withUnsafeBytes { try JSON($0) }
  }
}
