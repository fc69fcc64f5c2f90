import ErrorCategories
import Files
import Foundation
import FuzzSupport
import Testing

@testable import TrajectoryData

/// Damaged and unsuitable files: each is refused with file, line, column and remedy.
@Suite struct TableRefusalTests {
  private struct Case {
    let text: String
    let problem: TableError.Problem
    var line: Int?
    var column: String?
  }

  private static let cases: [Case] = [
    Case(text: "\n\n", problem: .empty),
    Case(text: "# only\n# comments\n", problem: .empty),
    Case(text: "a,b\n", problem: .noRows),
    Case(text: "a,c,d\n1,2,3\n", problem: .missing(["b"], available: ["a", "c", "d"])),
    Case(text: "a,b,a\n1,2,3\n", problem: .duplicate(1, 3), column: "a"),
    Case(text: "a,b\n1,2\n3,two\n", problem: .notANumber("two"), line: 3, column: "b"),
    Case(text: "a,b\r\n1,2\r\n0x1p3,2\r\n", problem: .notANumber("0x1p3"), line: 3, column: "a"),
    Case(text: "a,b\n1,2\n1,2e\n", problem: .notANumber("2e"), line: 3, column: "b"),
    Case(text: "a,b\n1,2\n1,.\n", problem: .notANumber("."), line: 3, column: "b"),
    Case(text: "a,b\n1,2\n1,1.2.3\n", problem: .notANumber("1.2.3"), line: 3, column: "b"),
    Case(text: "a,b\n1,2\n1,2\n1,2\n1,2 3\n", problem: .notANumber("2 3"), line: 5, column: "b"),
    Case(text: "a,b\n1,2\n1,\"2\" x\n", problem: .notANumber("2\" x"), line: 3, column: "b"),
    Case(text: "a,b\n1,0.142f\n2,0.2f\n", problem: .notANumber("0.142f"), line: 2, column: "b"),
    Case(text: "a,b\n1,2\n1,-inf\n", problem: .notFinite("-inf"), line: 3, column: "b"),
    Case(text: "a,b\n1,2\n1,1e999\n", problem: .notFinite("1e999"), line: 3, column: "b"),
    Case(text: "a,b\n1,2\n\"1,000\",2\n", problem: .thousands("1,000", .comma), line: 3, column: "a"),
    Case(text: "a;b\n1,5;2\n1.234,5;2\n", problem: .thousands("1.234,5", .point), line: 3, column: "a"),
    Case(text: "a;b\n1.5;2\n1.6;2\n1,7;2\n", problem: .decimalMark("1,7", .comma), line: 4, column: "a"),
    Case(text: "a,b\n1,2\n3\n", problem: .fieldCount(1, expected: 2), line: 3),
    Case(text: "a,b\n1,2\n1,2,x,5\n", problem: .fieldCount(4, expected: 2), line: 3),
    Case(text: "a,b\n1,2\n\n \n3,4\n", problem: .blankLine, line: 3),
    Case(text: "a,b\n1,2\n\"3,4\n5,6\n", problem: .openQuote, line: 3),
    Case(text: "a,b\n1,2\n3,4\0\0\0\n", problem: .nul, line: 3),
    Case(
      text: "a;b;c\n1,2,3\n4;5;6\n7;8;9\n1;2;3\n",
      problem: .mixedSeparators(.comma, other: .semicolon, line: 3), line: 2),
    Case(text: "a,b\n2,0,7\n2,3,0,9\n1,1,0,3\n4,1\n", problem: .commaTwice(3, expected: 2), line: 2),
    Case(
      text: "a;b\n1,234;5,678\n2,345;6,789\n",
      problem: .ambiguous(
        "decimal: comma, so that 1,234 lies between 0 and 1000",
        "thousands: comma with decimal: point, so that 1,234 is a whole number")),
    Case(
      text: "1,5\n2,7\n3,4\n",
      problem: .ambiguous(
        "separator: comma, two columns of whole numbers",
        "separator: none with decimal: comma, a single column such as 1,5")),
    Case(text: "<!DOCTYPE html>\n<html><body>404</body></html>\n", problem: .otherText("a web page (HTML)")),
    Case(text: "<?xml version=\"1.0\"?>\n<data/>\n", problem: .otherText("XML")),
    Case(text: "{\"a\": [1, 2]}\n", problem: .otherText("JSON")),
    Case(
      text: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
      problem: .otherText("a pointer to a file in Git LFS")),
  ]

  @Test func everyFaultHasItsPlace() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (number, fault) in Self.cases.enumerated() {
      let path = folder.appendingPathComponent("\(number).csv").path
      try Data(fault.text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: TableError.self, "\(fault.text)") {
        try Table(TableReader(path), numbers: ["a", "b"])
      }
      #expect(error?.problem == fault.problem, "\(fault.text)")
      #expect(error?.line == fault.line && error?.column == fault.column, "\(fault.text)")
      #expect(error?.file == path && error?.category == .badInput)
    }
  }

  @Test func binaryFilesAreRefusedByTheirKind() throws {
    for (bytes, kind) in [
      ([0x1F, 0x8B, 8, 0], .gzip), (Array("PK\u{3}\u{4}..[Content_Types].xml".utf8), .excelWorkbook),
      ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), .hdf5), (Array("PAR1....".utf8), .parquet),
      (Array("SQLite format 3\0".utf8), .sqlite),
      ([1, 2, 0, 0, 3], .binary),
    ] as [([UInt8], Files.FileKind)] {
      let error = #expect(throws: TableError.self) { try TableReader(bytes: bytes, name: "f") }
      #expect(error?.problem == .notText(kind))
    }
  }

  @Test func damagedUTF16() throws {
    let odd: [UInt8] = [0xFF, 0xFE, 0x61, 0, 0x2C]
    let surrogate: [UInt8] = [0xFF, 0xFE, 0x00, 0xDC, 0x61, 0]
    for bytes in [odd, surrogate] {
      let error = #expect(throws: TableError.self) { try TableReader(bytes: bytes, name: "f") }
      #expect(error?.problem == .encoding(.utf16))
    }
  }

  /// Damaged tables in every dialect: refused as bad input, or read with the same values whatever the size of the pieces.
  /// `POTLINE_FUZZ_TABLES` sets their number, `POTLINE_FUZZ_SEED` the seed.
  @Test(.timeLimit(.minutes(60))) func damagedTablesAreRefusedOrRead() throws {
    let environment = ProcessInfo.processInfo.environment
    let total = environment["POTLINE_FUZZ_TABLES"].flatMap { Int($0) } ?? 2000
    let seed = environment["POTLINE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 15
    let corpus =
      [
        "t,a,b\n0,1.5,2\n1,-3e-2,4\n2,,NaN\n", "t;a;b\r\n0,5;1,25;x\r\n0,6;2,5;y\r\n",
        "# c\n\n  1.0E+00  2.0E+00\n  3.0E+00  4.0E+00\n", "a\tb\n\"1\"\t2\n3\t\"4\n5\"\n",
        "2020-01-01 00:00:00,1\n2020-01-01 00:00:01,2\n", "\u{FEFF}a,b,\ns,%,\n1,2,\n3,4,\n\u{1A}",
        "a,b\r\"1,000\",\u{2212}2\r3,4\r",
      ].map { Array($0.utf8) } + [
        [0xFF, 0xFE, 0x61, 0, 0x2C, 0, 0x62, 0, 0x0A, 0, 0x31, 0, 0x2C, 0, 0x32, 0]
      ]
    var mutator = Mutator(seed: seed)
    var refused = 0
    for number in 0..<total {
      let bytes = mutator.bytes(from: corpus)
      // Recognised once, so that only where the pieces end differs.
      let format = (try? TableReader(bytes: bytes, name: "f"))?.format ?? TableFormat()
      let whole = try result(bytes, format, piece: 1 << 18)
      let pieces = try result(bytes, format, piece: 1 + number % 40)
      switch (whole, pieces) {
      case (.success(let one), .success(let other)) where one == other: break
      case (.failure(let error), .failure):
        refused += 1
        #expect(error.file == "f" && error.category == .badInput, "seed \(seed), file \(number)")
      default: Issue.record("seed \(seed), file \(number): \(whole) and \(pieces) of \(bytes)")
      }
    }
    #expect(refused > total / 50 && refused < total)
  }

  private func result(_ bytes: [UInt8], _ format: TableFormat, piece: Int) throws -> Result<
    [UInt64], TableError
  > {
    do {
      let reader = try TableReader(bytes: bytes, name: "f", format: format, missing: ["-9"], piece: piece)
      let columns = format.isComplete ? Array(reader.names.indices.prefix(2)) : reader.numberColumns
      let table = try Table(reader, numbers: columns.map { "#\($0 + 1)" })
      return .success(table.values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern })
    } catch let error as TableError {
      return .failure(error)
    }
  }
}
