import Testing
import TextFormatting

@Suite struct TextTableTests {
  let table = TextTable(
    header: ["name", "value", "long column"], rows: [["a", "1", "x"], ["bcdef", "100", ""]],
    leftAligned: [0, 2])

  @Test func columnsAreAligned() {
    #expect(
      table.lines(width: 80) == [
        "name   value  long column", "─────────────────────────", "a          1  x", "bcdef    100",
      ])
  }

  @Test func columnsThatDoNotFitFollowBelow() {
    #expect(
      table.lines(width: 15) == [
        "name   value", "────────────", "a          1", "bcdef    100", "",
        "name   long column", "──────────────────", "a      x", "bcdef",
      ])
  }

  @Test func rowsWithoutHeader() {
    #expect(TextTable.aligned([["a", "1"], ["bc", "10"]], left: [0]) == ["a    1", "bc  10"])
    #expect(TextTable.aligned([], left: []) == [])
  }

  @Test(arguments: [("abc", 3, "abc"), ("abcd", 3, "ab…")])
  func longTextsAreCut(text: String, length: Int, cut: String) {
    #expect(TextTable.shortened(text, to: length) == cut)
  }
}

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-12, "-12"), (-123, "-123"),
    (-123_456, "-123,456"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func thousandsAreSeparated(number: Int, text: String) { #expect(NumberText.grouped(number) == text) }

  @Test(arguments: [
    (0.0, "0"), (.nan, "0"), (-5, "0"), (7.4, "7"), (1234, "1,230"), (104_321, "104,000"),
    (.infinity, "1,000,000,000,000,000"),
  ])
  func wholeRates(value: Double, text: String) { #expect(NumberText.wholeRate(value) == text) }

  @Test(arguments: [(0.0, "–"), (.nan, "–"), (9.806, "9.81"), (104_321, "104,000"), (1e18, "1.00e+18")])
  func rates(value: Double, text: String) { #expect(NumberText.rate(value) == text) }

  @Test(arguments: [
    (-1.0, "0.0 s", "0 s"), (3.21, "3.2 s", "3 s"), (59.6, "1 min 0 s", "1 min 0 s"),
    (3661, "1 h 1 min", "1 h 1 min"), (273_600, "3 d 4 h", "3 d 4 h"), (.infinity, "–", "–"),
  ])
  func durations(seconds: Double, text: String, whole: String) {
    #expect(NumberText.duration(seconds) == text)
    #expect(NumberText.duration(seconds, hasTenths: false) == whole)
  }
}

@Suite struct EscapingTests {
  @Test(arguments: [
    ("plain text", "plain text"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
    ("a\r\nb", "\"a\r\nb\""), (" a", " a"),
  ])
  func csvFields(text: String, field: String) { #expect(CSVField.of(text) == field) }

  @Test func outerSpaceIsQuotedOnRequest() {
    #expect(CSVField.of(" a", quotesOuterSpace: true) == "\" a\"")
    #expect(CSVField.of("a ", quotesOuterSpace: true) == "\"a \"")
    #expect(CSVField.of("a b", quotesOuterSpace: true) == "a b")
  }

  @Test func nothingInterpolatedIsMarkup() {
    let html: HTML = "<p title=\"\("\"'<&>")\">\("a\u{202E}b\u{1B}\n")\(HTML("<b>"))\(3)</p>"
    #expect(html.text == "<p title=\"&quot;&#39;&lt;&amp;&gt;\">a\u{FFFD}b\u{FFFD}\n<b>3</p>")
    #expect(HTML.escaped("it's <b>") == "it's &lt;b&gt;")
  }

  @Test(arguments: [
    ("a-b_c/d.e:1,2=3@x%+", "a-b_c/d.e:1,2=3@x%+"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
    ("=ls", "'=ls'"), ("$(x)", "'$(x)'"), ("ä", "'ä'"), ("~", "'~'"), ("a\nb", "'a\nb'"),
  ])
  func shellWords(text: String, word: String) {
    #expect(ShellWord.of(text) == word)
  }

  @Test func controlCharactersDoNotReachATerminal() {
    #expect(PlainText.of("a\u{1B}[2J\n\u{9B}") == "a?[2J??")
    #expect(PlainText.of("a\n\tb\r", keepsLines: true) == "a\n\tb?")
    #expect(PlainText.of("a\r\nb\r\r\n\u{202E}", keepsLines: true) == "a\nb?\n?")
    for value in Array(0...0x1F) + Array(0x7F...0x9F) as [UInt32] {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(PlainText.of(String(scalar)) == "?", "\(value)")
    }
  }
}
