import Testing

@testable import TrajectoryData

@Suite struct CSVTests {
  private func read(
    _ text: String, _ columns: [String] = ["a", "b"], label: String? = nil
  ) throws -> CSVTable {
    try Array(text.utf8).withUnsafeBufferPointer {
      try CSVTable(bytes: $0, file: "f.csv", columns: columns, labelColumn: label)
    }
  }

  private func message(_ text: String, _ columns: [String] = ["a", "b"], label: String? = nil) -> String {
    do { _ = try read(text, columns, label: label) } catch { return "\(error)" }
    return "no error"
  }

  @Test(arguments: [
    "a,b\n1,2\n3,4\n",
    "a,b\n1,2\n3,4",
    "a,b\r\n1,2\r\n3,4\r\n",
    "a,b\r1,2\r3,4\r",
    "\u{FEFF}a,b\n1,2\n3,4\n\n  \n\n",
    "\"a\",\"b\"\n1,2\n3,4\n",
    " a , \"b\" \n 1 ,\t2\n\"3\",+4.\n",
    "x,\"a\",\"c, d\",b\nword,1,\"say \"\"no\"\", \",2\n,3,,4\n",
    "b,a\n2e0,10e-1\n.4E+1,0.3e1\n",
  ])
  func acceptedForms(text: String) throws {
    let table = try read(text)
    #expect(table.values == [1, 2, 3, 4])
    #expect(table.rowCount == 2 && table.columns == ["a", "b"] && table.runs.isEmpty)
  }

  @Test func columnsComeInTheOrderAskedFor() throws {
    #expect(try read("a,b,c\n1,2,3\n", ["c", "a"]).values == [3, 1])
    #expect(try read("\"say \"\"a\"\"\",b\n1,2\n", ["say \"a\""]).values == [1])
    #expect(try read("\"two\nlines\",b\n1,2\n", ["b"]).values == [2])
  }

  @Test func messages() {
    let cases: [(text: String, message: String)] = [
      ("", "f.csv: is empty; the first line must hold the names of the columns"),
      ("\n\n", "f.csv: is empty; the first line must hold the names of the columns"),
      ("a,b\n", "f.csv: has a header but no rows"),
      ("\na,b\n1,2\n", "f.csv, line 1: is blank; blank lines are accepted at the end only"),
      ("a,c,d\n1,2,3\n", "f.csv: has no column b; its columns are a, c, d"),
      ("c,d\n1,2\n", "f.csv: has no column a, b; its columns are c, d"),
      (
        "a,b,a\n1,2,3\n",
        "f.csv, line 1, column a: the header has this name more than once; every column needs its own"
      ),
      (
        "a;b\n1;2\n",
        "f.csv, line 1: the fields seem to be separated by semicolons; save the file with commas between fields and "
          + "points in numbers"
      ),
      (
        "a\tb\n1\t2\n",
        "f.csv, line 1: the fields seem to be separated by tabs; save the file with commas between fields and "
          + "points in numbers"
      ),
      ("a,b\n1,2\n3,two\n", "f.csv, line 3, column b: \"two\" is not a number"),
      ("a,b\r\n1,2\r\n0x1p3,2\r\n", "f.csv, line 3, column a: \"0x1p3\" is not a number"),
      ("a,b\n1,2e\n", "f.csv, line 2, column b: \"2e\" is not a number"),
      ("a,b\n1,.\n", "f.csv, line 2, column b: \".\" is not a number"),
      ("a,b\n1,1.2.3\n", "f.csv, line 2, column b: \"1.2.3\" is not a number"),
      ("a,b\n1,2 3\n", "f.csv, line 2, column b: \"2 3\" is not a number"),
      ("a,b\n1,\"2\" x\n", "f.csv, line 2, column b: \"2\" x\" is not a number"),
      ("a,b\n1,2\n,4\n", "f.csv, line 3, column a: is empty; every row needs a value here"),
      ("a,b\n1,2\n3,\n", "f.csv, line 3, column b: is empty; every row needs a value here"),
      ("a,b\n1,NaN\n", "f.csv, line 2, column b: \"NaN\" is not finite; every row needs a finite value here"),
      (
        "a,b\n-inf,1\n",
        "f.csv, line 2, column a: \"-inf\" is not finite; every row needs a finite value here"
      ),
      (
        "a,b\n1,1e999\n",
        "f.csv, line 2, column b: \"1e999\" is not finite; every row needs a finite value here"
      ),
      ("a,b\n1,2\n3\n", "f.csv, line 3: 1 field, but the header has 2"),
      ("a,b\n1,2,x,5\n", "f.csv, line 2: 4 fields, but the header has 2"),
      ("a,b\nx\n", "f.csv, line 2: 1 field, but the header has 2"),
      ("a,b\n1,2\n\n \n3,4\n", "f.csv, line 3: is blank; blank lines are accepted at the end only"),
      ("a,b\n1,2\n\"3,4\n5,6\n", "f.csv, line 3: a quote is opened here and never closed"),
      ("\"a,b\n1,2\n", "f.csv, line 1: a quote is opened here and never closed"),
    ]
    for (text, expected) in cases { #expect(message(text) == expected) }
    #expect(
      message("a,b\n1,2\n", ["a", "a"])
        == "f.csv, column a: is asked for more than once; a column can be one state or one input")
  }

  @Test func runsOfLabels() throws {
    let table = try read("id,a\nfirst,1\nfirst,2\n\"2, b\",3\n 7 ,4\n7,5\n", ["a"], label: "id")
    #expect(table.runs.map(\.label) == ["first", "2, b", "7"])
    #expect(table.runs.map(\.rows) == [0..<2, 2..<3, 3..<5])
    #expect(table.runs.map(\.line) == [2, 4, 5])
    #expect(
      message("id,a\n1,1\n2,2\n1,3\n", ["a"], label: "id")
        == "f.csv, line 4: the rows of \"1\" began in line 2 and continue here after others; "
        + "keep the rows of a trajectory together, in the order of time")
    #expect(
      message("id,a\n,1\n", ["a"], label: "id")
        == "f.csv, line 2, column id: is empty; every row needs a value here")
    #expect(message("a\n1\n", ["a"], label: "id") == "f.csv: has no column id; its columns are a")
  }

  /// Numbers near every border of the fast conversion, against the standard library's.
  @Test func numbersAreRoundedCorrectly() throws {
    var texts = [
      "0", "-0", "-0.0", "9007199254740992", "9007199254740993", "9007199254740993e22", "1e22", "1e23",
      "1e-22", "1e-23",
      "123456789012345678901234567890", "18446744073709551616", "36893488147419103232e-3", "0.1", "5e-324",
      "4.9e-324",
      "2.2250738585072011e-308", "1.7976931348623157e308", "00000000000000000000000000000001.5",
      "0.00000000000000000000000000000000000000015", "1e-400", "0e99999999999999999999",
    ]
    var bits: UInt64 = 1
    for _ in 0..<20_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: bits)
      if value.isFinite { texts.append("\(value)") }
      texts.append("\(Double(Int64(bitPattern: bits) >> 12) / 4096)")
    }
    for text in texts {
      let number = Array(text.utf8).withUnsafeBufferPointer { CSVNumber.parse($0, from: 0) }
      #expect(number?.value.bitPattern == Double(text)?.bitPattern, "\(text)")
      #expect(number?.end == text.utf8.count)
    }
  }
}
