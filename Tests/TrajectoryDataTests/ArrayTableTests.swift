import ErrorCategories
import Foundation
import FuzzSupport
import Safetensors
import Testing

@testable import TrajectoryData

/// Files of arrays are read as tables: the same values whatever the container, order and kind of the numbers.
@Suite final class ArrayTableTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func file(_ bytes: [UInt8], _ name: String = "a.bin") throws -> String {
    let path = folder.appendingPathComponent(name).path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private static let x = [0.5, 1.25, .nan, -3, 4.75, 5.5]
  private static let u: [Double] = [1, 2, 3, 4, 5, 6]

  private func bits(_ values: some Sequence<Double>) -> [UInt64] {
    values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
  }

  private func values(_ path: String, _ columns: [String]) throws -> [Double] {
    try Table(TableReader(path), numbers: columns).values
  }

  @Test(arguments: [
    ArrayFixtures.deflatedArchive, ArrayFixtures.storedArchive, ArrayFixtures.records, ArrayFixtures.matlab7,
    ArrayFixtures.matlab6, ArrayFixtures.matlab4,
  ])
  func everyContainerGivesTheSameValues(text: String) throws {
    let path = try file(ArrayFixtures.bytes(text))
    let read = try values(path, ["u", "x"])
    #expect(bits(read) == bits(zip(Self.u, Self.x).flatMap { [$0, $1] }))
    let survey = try TableSurvey(path)
    #expect(survey.rowCount == 6 && survey.columns.count { $0.name == "x" && $0.summary?.missing == 1 } == 1)
  }

  @Test func structuresAndNumbersBesideSignals() throws {
    let path = try file(ArrayFixtures.bytes(ArrayFixtures.matlab7))
    #expect(try bits(values(path, ["s.y"])) == bits(Self.x.map { $0 + 1 }))
    #expect(try TableReader(path).samplingTime == 0.5)
    let archive = try file(ArrayFixtures.bytes(ArrayFixtures.deflatedArchive))
    #expect(try TableReader(archive).samplingTime == 0.5 && TableReader(archive).names == ["x", "u"])
  }

  @Test func ordersOfBytesAndOfDimensions() throws {
    let numbers: [Int16] = [1, -2, 3, -4, 5, -6]
    let little = numbers.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let big = numbers.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    let cases: [([UInt8], [String], [Double])] = [
      (ArrayFixtures.array("'<i2'", "(3, 2)", little), ["1", "2"], [1, -2, 3, -4, 5, -6]),
      (ArrayFixtures.array("'>i2'", "(3, 2)", big), ["1", "2"], [1, -2, 3, -4, 5, -6]),
      (
        ArrayFixtures.array("'<i2'", "(3, 2)", isFortranOrder: true, little), ["1", "2"],
        [1, -4, -2, 5, 3, -6]
      ),
      (ArrayFixtures.array("'<i2'", "(6,)", little), ["1"], [1, -2, 3, -4, 5, -6]),
      (ArrayFixtures.array("'<i2'", "(1, 6)", little), ["1"], [1, -2, 3, -4, 5, -6]),
    ]
    for (bytes, columns, expected) in cases { #expect(try values(file(bytes), columns) == expected) }
  }

  @Test func everyKindOfNumber() throws {
    let cases: [(String, [UInt8], [Double])] = [
      ("'<f8'", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1.5, -2]),
      ("'>f4'", [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0], [1.5, -2]),
      ("'<f2'", [0x00, 0x3E, 0x01, 0x80], [1.5, -0x1p-24]), ("'|i1'", [0xFF, 3], [-1, 3]),
      ("'|u1'", [0xFF, 3], [255, 3]), ("'<u2'", [0xFF, 0xFF, 1, 0], [65_535, 1]),
      ("'>i4'", [0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 1, 0], [-2, 256]),
      ("'<u4'", [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], [4_294_967_295, 0]),
      ("'<i8'", Array(repeating: 0xFF, count: 8) + [2, 0, 0, 0, 0, 0, 0, 0], [-1, 2]),
      ("'<u8'", Array(repeating: 0xFF, count: 8) + [2, 0, 0, 0, 0, 0, 0, 0], [0x1p64, 2]),
      ("'|b1'", [0, 2], [0, 1]),
    ]
    for (type, data, expected) in cases {
      #expect(try values(file(ArrayFixtures.array(type, "(2,)", data)), ["1"]) == expected, "\(type)")
    }
  }

  @Test func tensorsStateNamesUnitsAndSamplingTime() throws {
    var archive = TensorArchive(
      metadata: ["samplingTime": "0.25", "units": #"{"x": "m"}"#, "names": #"["p", "q"]"#])
    try archive.add("x", shape: [3], values: [1.5, 2.5, 3.5] as [Double])
    try archive.add("z", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] as [Float])
    let reader = try TableReader(file(archive.encoded()))
    #expect(
      reader.samplingTime == 0.25 && reader.names == ["x", "z.1", "z.2"] && reader.units == ["m", "", ""])
    var one = TensorArchive(metadata: ["names": #"["p", "q"]"#])
    try one.add("z", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] as [Float])
    #expect(try values(file(one.encoded()), ["q"]) == [2, 4, 6])
  }

  /// Time, joins, rows, gaps and splits are as those of text.
  @Test func runsOfArrays() throws {
    let records = try file(ArrayFixtures.bytes(ArrayFixtures.records), "r.npy")
    var runs = RunReader(.init(states: ["x"], inputs: ["u"], time: TimeColumn("t")))
    let read = try runs.read(Recording(records), part: .training).map(\.trajectory)
    #expect(read.map(\.states) == [[0.5, 1.25], [-3, 4.75, 5.5]] && read[0].samplingTime == 0.5)
    let text = try file(Array("w\n1\n2\n3\n4\n5\n6\n".utf8), "w.csv")
    var joined = RunReader(.init(states: ["u"], inputs: ["w"], samplingTime: 1))
    let recording = Recording(records, rows: RowRange(0, nil), join: JoinedFile(text, by: .row))
    #expect(try joined.read(recording, part: .training)[0].trajectory.inputs == [1, 2, 3, 4, 5, 6])
    // The file's own sampling time stands in for one that isn't given.
    let archive = try file(ArrayFixtures.bytes(ArrayFixtures.deflatedArchive), "a.npz")
    var own = RunReader(.init(states: ["u"], inputs: []))
    #expect(
      try own.read(Recording(archive, rows: RowRange(1, 4)), part: .training)[0].trajectory.samplingTime
        == 0.5)
    let back = ArrayFixtures.array(
      "[('t', '|u1'), ('x', '|u1')]", "(3,)", [0, 1, 2, 5, 1, 7])
    var wrong = RunReader(.init(states: ["x"], inputs: [], time: TimeColumn("t")))
    let error = #expect(throws: RecordingError.self) {
      try wrong.read(Recording(file(back, "b.npy")), part: .training)
    }
    #expect(
      error?.problem == .notIncreasing(1, after: 2) && error?.line == 2 && "\(error!)".contains("row 2"))
  }

  @Test func unusableArraysAreRefusedByName() throws {
    func problem(_ bytes: [UInt8], _ columns: [String]) throws -> TableError? {
      let path = try file(bytes)
      return #expect(throws: TableError.self) { try Table(TableReader(path), numbers: columns) }
    }
    let objects = ArrayFixtures.bytes(ArrayFixtures.objects)
    guard case .unsupported? = try problem(objects, ["o"])?.problem else {
      Issue.record("objects are read")
      return
    }
    #expect(try values(file(objects), ["x"]).count == 6)
    let cells = try problem(ArrayFixtures.bytes(ArrayFixtures.cells), ["c"])
    #expect(cells?.column == "c")
    let infinite = ArrayFixtures.array("'<f4'", "(2,)", [0, 0, 0x80, 0x7F, 0, 0, 0, 0])
    #expect(try problem(infinite, ["1"])?.problem == .infinite(row: 0))
    for type in ["'<c16'", "'<M8[s]'", "'<U3'", "'<f16'"] {
      guard
        case .unsupported? = try problem(
          ArrayFixtures.array(type, "(1,)", Array(repeating: 0, count: 16)), ["1"])?.problem
      else {
        Issue.record("\(type) is read")
        continue
      }
    }
    let short = ArrayFixtures.array("'<f8'", "(3,)", Array(repeating: 0, count: 23))
    guard case .damaged? = try problem(short, ["1"])?.problem else {
      Issue.record("a short array is read")
      return
    }
    // The checksum of a stored entry.
    var archive = ArrayFixtures.bytes(ArrayFixtures.storedArchive)
    archive[150] ^= 1
    guard case .damaged? = try problem(archive, ["x"])?.problem else {
      Issue.record("a damaged archive is read")
      return
    }
    var seven = Array("MATLAB 7.3 MAT-file, Platform: GLNXA64".utf8)
    seven += Array(repeating: 32, count: 200)
    guard case .unsupported? = try problem(seven, ["x"])?.problem else {
      Issue.record("version 7.3 is read")
      return
    }
    let format = #expect(throws: TableError.self) {
      var format = TableFormat()
      format.separator = .semicolon
      _ = try TableReader(file(objects), format: format)
    }
    #expect(format?.problem == .formatOfArrays)
  }

  @Test func signalsOfDifferentLengthsAreNotARun() throws {
    var archive = TensorArchive()
    try archive.add("a", shape: [3], values: [1, 2, 3] as [Double])
    try archive.add("b", shape: [3], values: [1, 2, 3] as [Double])
    try archive.add("c", shape: [2], values: [1, 2] as [Double])
    let path = try file(archive.encoded())
    let error = #expect(throws: TableError.self) { try values(path, ["a", "c"]) }
    #expect(error?.problem == .lengths(2, other: "a", 3) && error?.column == "c")
    #expect(try TableSurvey(path).rowCount == 3)
  }

  /// `POTLINE_FUZZ_ARRAYS` sets the number of damaged files, `POTLINE_FUZZ_SEED` the seed.
  @Test(.timeLimit(.minutes(60))) func damagedArraysAreRefusedOrRead() throws {
    let environment = ProcessInfo.processInfo.environment
    var tensors = TensorArchive(metadata: ["samplingTime": "0.25", "units": #"{"x": "m"}"#])
    try tensors.add("x", shape: [3], values: [1.5, 2.5, 3.5] as [Double])
    try tensors.add("z", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] as [Float])
    let corpus =
      [
        ArrayFixtures.deflatedArchive, ArrayFixtures.storedArchive, ArrayFixtures.records,
        ArrayFixtures.objects, ArrayFixtures.matlab7, ArrayFixtures.matlab6, ArrayFixtures.matlab4,
        ArrayFixtures.cells,
      ].map(ArrayFixtures.bytes) + [
        tensors.encoded(), ArrayFixtures.array("'<i2'", "(2, 2)", [1, 2, 3, 4, 5, 6, 7, 8]),
      ]
    let path = folder.appendingPathComponent("damaged.bin").path
    let before = Fuzzing.residentBytes
    let findings = try Fuzzing.damage(
      path: path, corpus: corpus, seed: environment["POTLINE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 15,
      count: environment["POTLINE_FUZZ_ARRAYS"].flatMap { Int($0) } ?? 2000
    ) {
      let reader = try TableReader(path)
      _ = try Table(reader, columns: reader.numberColumns.prefix(3).map { ("#\($0 + 1)", .number) })
    }
    #expect(findings.isEmpty, "\(findings)")
    #expect(Fuzzing.residentBytes - before < 200 << 20)
  }
}
