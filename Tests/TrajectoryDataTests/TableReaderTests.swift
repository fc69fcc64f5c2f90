import Foundation
import Testing

@testable import TrajectoryData

/// Tables in many dialects, in files as they are found.
@Suite struct TableReaderTests {
  private func read(
    _ bytes: [UInt8], _ columns: [String] = ["a", "b"], format: TableFormat = TableFormat(),
    missing: [String] = [], piece: Int = 1 << 18
  ) throws -> Table {
    try Table(
      TableReader(bytes: bytes, name: "f.csv", format: format, missing: missing, piece: piece),
      numbers: columns)
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
    "\n \r\na,b\n1,2\n3,4\n",
    "a;b\n1,0;2,0\n3,0;4,0\n",
    "a;b\n1.0;2\n3;4\n",
    "\"Zeit, s\";a;b\n0,5;1,0;2\n0,6;3,0;4\n",
    "a\tb\n1\t2\n3\t4\n",
    "  a   b\n  1.0e0\t2  \n 3 4\n",
    "# made by a pump\n# in 2020\na,b\n1,2\n# a remark\n3,4\n",
    "Pump 3, hall B\nsampled by hand\n\na,b\n1,2\n3,4\n",
    "a,b\ns,degC\n1,2\n3,4\n",
    "a,b,,\n1,2,,\n3,4,,\n",
    "a,b\n1,2,,\n3,4,,\n",
    "a,b,,\n1,2\n3,4\n",
    "note,a,note,b,\nx,1,y,2,\nx,3,y,4,\n",
    "a,b\n1\u{A0},2\n3,4\u{A0}\n",
    "a,b\n1.0D+00,2d0\n3D+0,0.4D1\n",
    "a,b\n1,2\n3,4\n\u{1A}",
    "a,b\n1,2\n3,4\n\u{1A}\u{1A}\n",
    "a b\n1e+000 2e-000\n3 4\n",
  ])
  func dialectsAreRecognised(text: String) throws {
    for piece in [1 << 18, 64, 7, 1] {
      let table = try read(Array(text.utf8), piece: piece)
      #expect(table.values == [1, 2, 3, 4], "pieces of \(piece)")
      #expect(table.rowCount == 2 && table.columns == ["a", "b"])
    }
  }

  @Test func encodings() throws {
    let text = "Temperatur °C,b\n1,2\n3,4\n"
    let name = "Temperatur °C"
    var littleEndian: [UInt8] = [0xFF, 0xFE]
    var bigEndian: [UInt8] = [0xFE, 0xFF]
    for unit in text.utf16 {
      littleEndian += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      bigEndian += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    }
    let latin1 = text.unicodeScalars.map { UInt8($0.value) }
    for (bytes, encoding) in [
      (Array(text.utf8), TableFormat.Encoding.utf8), (littleEndian, .utf16), (bigEndian, .utf16),
      (latin1, .latin1),
    ] {
      for piece in [1 << 18, 16, 3] {
        let table = try read(bytes, [name, "b"], piece: piece)
        #expect(table.values == [1, 2, 3, 4] && table.format.encoding == encoding)
      }
    }
    // A name with a combining accent is the name with the composed letter.
    #expect(try read(Array("Te\u{301}mp,b\n1,2\n".utf8), ["T\u{E9}mp", "b"]).values == [1, 2])
  }

  @Test func whatIsRecognisedIsTheWholeFormat() throws {
    let german = try TableReader(
      bytes: Array("% Anlage 3\nZeit;Druck\ns;bar\n0,5;1,0\n0,6;1,25\n".utf8), name: "f.csv")
    var expected = TableFormat()
    expected.separator = .semicolon
    expected.decimal = .comma
    expected.thousands = TableFormat.ThousandsMark.none
    expected.encoding = .utf8
    expected.header = true
    expected.unitsRow = true
    expected.comment = "%"
    expected.skipLines = 0
    #expect(german.format == expected && german.format.isComplete)
    #expect(german.names == ["Zeit", "Druck"] && german.units == ["s", "bar"])
    // The format that was recognised reads the same.
    let again = try TableReader(
      bytes: Array("% Anlage 3\nZeit;Druck\ns;bar\n0,5;1,0\n0,6;1,25\n".utf8), name: "f.csv", format: expected
    )
    #expect(try Table(again, numbers: ["Druck"]).values == [1, 1.25])
  }

  @Test func columnsOfAFileWithoutHeaderHaveNumbers() throws {
    let text = Array("0.1,2,3\n0.4,5,6\n".utf8)
    #expect(try read(text, ["3", "1"]).values == [3, 0.1, 6, 0.4])
    #expect(try read(text, ["#2"]).values == [2, 5])
    // Also those that a header names twice or not at all.
    #expect(try read(Array("x,x,\n1,2,3\n".utf8), ["#2", "#3"]).values == [2, 3])
    var format = TableFormat()
    format.header = false
    format.separator = .comma
    #expect(try read(Array("1,2\n3,4\n".utf8), ["1", "2"], format: format).values == [1, 2, 3, 4])
    format.header = true
    #expect(try read(Array("1,2\n3,4\n".utf8), ["1", "2"], format: format).values == [3, 4])
  }

  @Test func theMinusSignOfTypographyIsOne() throws {
    #expect(try read(Array("a,b\n\u{2212}1.5,2\n3,\u{2212}4e\u{2212}1\n".utf8)).values == [-1.5, 2, 3, -0.4])
  }

  @Test func missingValuesAreNaN() throws {
    let text = "a,b\n1,\nNaN,2\nNA,null\n-999,n/a\n-999.0,off\n\"\",3\n"
    let values = try read(Array(text.utf8), missing: ["-999", "off"]).values
    #expect(values.map { $0.isNaN ? nil : $0 } == [1, nil, nil, 2, nil, nil, nil, nil, nil, nil, nil, 3])
    #expect(try read(Array("a,b\n-999,1\n".utf8)).values == [-999, 1])
  }

  @Test func thousandsSeparatorsOnRequest() throws {
    var format = TableFormat()
    format.thousands = .comma
    let text = "a,b\n\"2,000.25\",1\n\"-1,234,567\",999\n"
    #expect(try read(Array(text.utf8), format: format).values == [2000.25, 1, -1_234_567, 999])
    format.thousands = .point
    #expect(try read(Array("a;b\n1.234,5;1\n".utf8), format: format).values == [1234.5, 1])
  }

  @Test func lineNumbersCountWhatIsNoRow() throws {
    let text = "# c\n\na,b,t\n# c\n1,2,\"two\nlines\"\n# c\n3,4,x\n5,6,x\n"
    for piece in [1 << 18, 1] { #expect(try read(Array(text.utf8), piece: piece).lines == [5, 8, 9]) }
  }

  @Test func linksAndCapitalsInNamesDoNotMatter() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("Läufe é.CSV")
    try Data("a,b\n1,2\n".utf8).write(to: file)
    let link = folder.appendingPathComponent("link.csv")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    #expect(try Table(TableReader(link.path), numbers: ["a"]).values == [1])
  }

  /// A line far longer than a piece, and a file of many pieces.
  @Test func longLinesAndLongFiles() throws {
    let count = 100_000
    let header = (0..<count).map { "c\($0)" }.joined(separator: ",")
    let row = (0..<count).map { "\(Double($0) / 8)" }.joined(separator: ",")
    let wide = Array("\(header)\n\(row)\n\(row)\n".utf8)
    let table = try read(wide, ["c0", "c99999"])
    #expect(table.values == [0, 99_999 / 8.0, 0, 99_999 / 8.0])
    let long = "a,b\n" + (0..<50_000).map { "\($0),\(-$0)\n" }.joined()
    let values = try read(Array(long.utf8), piece: 4096).values
    #expect(values.count == 100_000 && values[99_998] == 49_999 && values[99_999] == -49_999)
  }

  /// Numbers near every border of the fast conversions, against the standard library's.
  @Test func numbersAreRoundedCorrectly() throws {
    var texts = [
      "0", "-0", "-0.0", "9007199254740992", "9007199254740993", "9007199254740993e22", "1e22", "1e23",
      "1e-22", "1e-23",
      "123456789012345678901234567890", "18446744073709551616", "36893488147419103232e-3", "0.1", "5e-324",
      "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
      "2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308",
      "1.7976931348623158e308",
      "00000000000000000000000000000001.5", "0.00000000000000000000000000000000000000015", "1e-400",
      "0e99999999999999999999", "8.41e21", "9214843084008499",
      "0.500000000000000166533453693773481063544750213623046875",
      "3.518437208883201171875e13", "6929495644600919.5", "3.2378839133029012895883524125015321748630094e16",
    ]
    var bits: UInt64 = 1
    for _ in 0..<40_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: bits)
      if value.isFinite { texts.append("\(value)") }
      texts.append("\(Double(Int64(bitPattern: bits) >> 12) / 4096)")
      texts.append("\(bits >> 5)e\(Int(bits % 640) - 330)")
      // The middle between two doubles, exactly.
      texts.append("\((bits >> 11) * 2 + 1)\(bits & 1 == 0 ? "" : "e-\(bits % 4)")")
    }
    for text in texts {
      #expect(
        DecimalNumber.parse(text.utf8)?.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    for text in ["", ".", "-", "e5", "1e", "1e+", "0x1p3", "1 2", "1.2.3", "--1", "nan", "inf", "1f"] {
      #expect(DecimalNumber.parse(text.utf8) == nil, "\(text)")
    }
  }
}
