import CheckedJSON
import Foundation
import Testing

@Suite struct JSONSyntaxTests {
  @Test(arguments: [
    "0", "-1.5e+10", " [ ] ", "{}", "[1,2,{\"a\":null}]", "\"\\u00e9\\ud83d\\ude00\\n\\\"\"", "true", "false",
    "{\"a\": {\"b\": [\"ü\", 1e9]}, \"c\": \"\"}", "\t\r\n1\r\n",
  ])
  func takesWhatIsJSON(text: String) throws {
    #expect(JSONSyntax.problem(in: Array(text.utf8)) == nil)
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
  func refusesWhatIsNot(text: String) {
    #expect(JSONSyntax.problem(in: Array(text.utf8)) != nil)
  }

  @Test func refusesBytesThatAreNoText() {
    #expect(JSONSyntax.problem(in: [0x22, 0xFF, 0x22]) == "it isn't UTF-8")
  }

  @Test func refusesDeepNesting() {
    let nested = { (depth: Int) in
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(JSONSyntax.problem(in: nested(JSONSyntax.maximumDepth)) == nil)
    #expect(JSONSyntax.problem(in: nested(JSONSyntax.maximumDepth + 1)) == "nested too deep at byte 64")
    #expect(JSONSyntax.problem(in: Array(repeating: UInt8(ascii: "["), count: 1 << 20)) != nil)
  }

  @Test func decodesWhatIsRightAndNamesWhatIsWrong() throws {
    #expect(try JSONDecoder().decodeChecked([Int].self, from: Array("[1, 2]".utf8)) == [1, 2])
    #expect(throws: JSONSyntaxError(problem: "no value at byte 1")) {
      try JSONDecoder().decodeChecked([Int].self, from: Array("[".utf8))
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decodeChecked([Int].self, from: Array("{}".utf8))
    }
  }
}
