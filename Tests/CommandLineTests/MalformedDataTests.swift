import Foundation
import SnapshotSupport
import Testing

/// Malformed data files: each is refused with the file, the line or row, the column, and what to do.
@Suite struct MalformedDataTests {
  /// A file's name, its bytes, and further keys of the dataset.
  private struct Case {
    let name: String
    let bytes: [UInt8]
    var keys = ""

    init(_ name: String, _ text: String, _ keys: String = "") { self.init(name, Array(text.utf8), keys) }

    init(_ name: String, _ bytes: [UInt8], _ keys: String = "") {
      (self.name, self.bytes, self.keys) = (name, bytes, keys)
    }
  }

  private static let rows = (0..<40).map { "\(Double($0 * $0 % 11) / 2),\($0 % 7)\n" }.joined()

  /// The head of an npy file of two columns, x and u in records.
  private static func records(_ type: String, rows: Int, _ data: [UInt8]) -> [UInt8] {
    let header = "{'descr': \(type), 'fortran_order': False, 'shape': (\(rows),), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + data
  }

  private static let cases: [Case] = [
    Case("empty.csv", ""),
    Case("blank.csv", "\n\n\n"),
    Case("header-alone.csv", "x,u\n"),
    Case("word.csv", "x,u\n" + rows + "two,3\n" + rows),
    Case("two-points.csv", "x,u\n" + rows + "1.2.3,3\n" + rows),
    Case("infinite.csv", "x,u\n" + rows + "1,-inf\n" + rows),
    Case("too-large.csv", "x,u\n" + rows + "1e999,3\n"),
    Case("hexadecimal.csv", "x,u\n" + rows + "0x1F,3\n"),
    Case("suffix.csv", "x,u\n" + rows + "0.5f,3\n"),
    Case("missing-field.csv", "x,u\n" + rows + "3\n" + rows),
    Case("further-field.csv", "x,u\n" + rows + "3,4,5\n" + rows),
    Case("cut-off.csv", "x,u\n" + rows + "3"),
    Case("open-quote.csv", "x,u\n" + rows + "\"3,4\n" + rows),
    Case("blank-between.csv", "x,u\n" + rows + "\n" + rows),
    Case("nul.csv", "x,u\n" + rows + "1\0,2\n" + rows),
    Case("thousands.csv", "x,u\n" + rows + "\"1,234\",2\n"),
    Case("decimal-comma.csv", "x;u\n" + rows.replacing(",", with: ";") + "1,5;2\n"),
    Case("comma-twice.csv", "x,u\n1,5,2,5\n1,6,2,7\n1,7,3\n2,4\n"),
    Case("mixed-separators.csv", "x;u\n1,2\n" + rows.replacing(",", with: ";")),
    Case("ambiguous-comma.csv", "x;u\n1,234;5,678\n2,345;6,789\n3,456;7,891\n"),
    Case("twice-in-header.csv", "x,u,x\n" + rows.replacing("\n", with: ",1\n")),
    Case("other-columns.csv", "speed,force\n" + rows),
    Case("page.csv", "<!DOCTYPE html>\n<html><body>not found</body></html>\n"),
    Case("object.csv", "{\"x\": [1, 2], \"u\": [3, 4]}\n"),
    Case("pointer.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
    Case("half-utf16.csv", [0xFF, 0xFE, 0x78, 0, 0x2C, 0, 0x75]),
    Case("workbook.csv", Array("PK\u{3}\u{4}....[Content_Types].xml....xl/workbook.xml".utf8)),
    Case("packed.csv", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]),
    Case("hierarchical.csv", [0x89] + Array("HDF\r\n\u{1A}\n........".utf8)),
    Case("columnar.csv", "PAR1........PAR1"),
    Case("time-goes-back.csv", "t,x,u\n0,1,2\n1,2,3\n0.5,3,4\n2,4,5\n", "time: t, "),
    Case("time-twice.csv", "t,x,u\n0,1,2\n1,2,3\n1,3,4\n2,4,5\n", "time: t, "),
    Case("time-uneven.csv", "t,x,u\n0,1,2\n1,2,3\n4,3,4\n5,4,5\n6,1,2\n", "time: t, "),
    Case("time-missing.csv", "t,x,u\n0,1,2\n1,2,3\n,3,4\n3,4,5\n", "time: t, "),
    Case("time-ambiguous.csv", "t,x,u\n03/04/2020,1,2\n03/05/2020,2,3\n03/06/2020,3,4\n", "time: t, "),
    Case("nothing-whole.csv", "x,u\n1,\n,2\n3,\n,4\n"),
    Case("one-row.csv", "x,u\n1,2\n"),
    Case(
      "transposed.txt",
      (0..<2).map { row in (0..<60).map { "\($0 * row % 7)" }.joined(separator: " ") + "\n" }.joined()),
    Case("objects.npy", records("'|O'", rows: 3, Array(repeating: 0, count: 24))),
    Case("short.npy", records("[('x', '<f8'), ('u', '<f8')]", rows: 3, Array(repeating: 0, count: 40))),
    Case(
      "infinite.npy",
      records("[('x', '<f4'), ('u', '|u1')]", rows: 2, [0, 0, 0, 0, 1, 0, 0, 0x80, 0x7F, 2])),
    Case("header.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 8, 0] + Array("{'shape'".utf8)),
    Case("archive.npz", Array("PK\u{3}\u{4}......................x.npy".utf8)),
    Case("version.mat", "MATLAB 7.3 MAT-file, Platform: GLNXA64" + String(repeating: " ", count: 100)),
    Case("cut.mat", "MATLAB 5.0 MAT-file, Platform: GLNXA64" + String(repeating: " ", count: 20)),
    Case("cut.safetensors", [40, 0, 0, 0, 0, 0, 0, 0] + Array("{\"x\":{\"dtype\":".utf8)),
  ]

  @Test func everyFileIsRefusedWithItsPlaceAndARemedy() throws {
    let folder = try TestFolder()
    var texts: [String] = []
    for fault in Self.cases {
      try Data(fault.bytes).write(to: URL(fileURLWithPath: folder / fault.name))
      let names =
        fault.name == "transposed.txt" ? "states: [\"1\"], inputs: [\"2\"]" : "states: [x], inputs: [u]"
      let sampling = fault.keys.isEmpty ? "samplingTime: 1, " : fault.keys
      let dataset = "  files: {train: [\(fault.name)], split: {test: 0.2}, \(sampling)\(names)}"
      try folder.write(smallStudy(dataset: dataset), to: "study.yaml")
      let result = try Program.run("run", "study.yaml", "-o", "out", in: folder)
      #expect(result.status == 65, "\(fault.name): \(result.errors)")
      #expect(result.errors.contains(fault.name), "\(fault.name): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder / "out"), "\(fault.name)")
      texts.append(result.errors.replacing(folder.path, with: "FOLDER"))
    }
    #expect(Self.cases.count >= 30)
    let text = texts.joined()
    #expect(text == (try Snapshot.recorded("errors_malformed-data", of: text)))
  }
}
