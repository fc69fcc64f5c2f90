import Foundation
import Testing

@testable import TrajectoryData

/// Runs in files as plants record them: time stamps, gaps, several runs in a file, signals in several files.
@Suite final class RunReaderTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func file(_ text: String, _ name: String = "a.csv") throws -> String {
    let path = folder.appendingPathComponent(name).path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func settings(
    _ states: [String] = ["x"], _ inputs: [String] = ["u"], samplingTime: Double? = nil,
    time: TimeColumn? = nil, resampling: Resampling? = nil, runColumn: String? = nil, missing: [String] = []
  ) -> RunReader.Settings {
    .init(
      states: states, inputs: inputs, samplingTime: samplingTime, time: time, resampling: resampling,
      runColumn: runColumn, missing: missing)
  }

  private func trajectories(
    _ recording: Recording, _ settings: RunReader.Settings, split: RunSplit = RunSplit()
  ) throws -> [Trajectory] {
    var runs = RunReader(settings)
    return try runs.read(recording, part: .training, split: split).map(\.trajectory)
  }

  private func problem(_ recording: Recording, _ settings: RunReader.Settings) -> RecordingError? {
    do {
      _ = try trajectories(recording, settings)
      return nil
    } catch {
      return error as? RecordingError
    }
  }

  @Test func theSamplingTimeIsTheUsualStep() throws {
    let path = try file("t,x,u\n0,1,2\n0.5,3,4\n1.0,5,6\n1.5,7,8\n")
    for (unit, seconds) in [(TimeColumn.Unit.seconds, 0.5), (.minutes, 30), (.milliseconds, 5e-4)] {
      let read = try trajectories(Recording(path), settings(time: TimeColumn("t", unit: unit)))
      #expect(read.count == 1 && read[0].samplingTime == seconds && read[0].states == [1, 3, 5, 7])
    }
    let error = problem(Recording(path), settings(samplingTime: 2, time: TimeColumn("t")))
    #expect(error?.problem == .step(0.5, expected: 2))
    #expect(problem(Recording(path), settings())?.problem == .noSamplingTime)
  }

  @Test func timesAsTexts() throws {
    let cases: [(times: [String], format: String)] = [
      (["2020-03-09 10:14:33", "2020-03-09 10:14:34", "2020-03-09 10:14:35"], "iso"),
      (["2020-02-28T23:59:59.5Z", "2020-02-29T00:00:00.5Z", "2020-02-29T00:00:01.5Z"], "iso"),
      // Daylight saving by the offset.
      (["2020-10-25T02:59:59+02:00", "2020-10-25T02:00:00+01:00", "2020-10-25T02:00:01+01:00"], "iso"),
      (["20200309T101433", "20200309T101434", "20200309T101435"], "iso"),
      (["31/12/2020 23:59:59", "01/01/2021 00:00:00", "01/01/2021 00:00:01"], "dd/MM/yyyy HH:mm:ss"),
      (["12/31/2020 23:59:59", "01/01/2021 00:00:00", "01/01/2021 00:00:01"], "MM/dd/yyyy HH:mm:ss"),
      (["31.12.20 23.59.59", "01.01.21 00.00.00", "01.01.21 00.00.01"], "dd.MM.yy HH.mm.ss"),
    ]
    for (times, format) in cases {
      let path = try file("t;x;u\n" + times.map { "\($0);1;2\n" }.joined())
      var runs = RunReader(settings(time: TimeColumn("t")))
      let read = try runs.read(Recording(path), part: .training)
      #expect(read[0].trajectory.samplingTime == 1 && runs.time?.format == format, "\(times)")
    }
  }

  @Test func dateAndTimeOfDayInTwoColumns() throws {
    let path = try file(
      "d;c;x;u\n30/12/2020;23.00.00;1;2\n31/12/2020;00.00.00;3;4\n31/12/2020;01.00.00;5;6\n")
    var runs = RunReader(settings(time: TimeColumn("d", clock: "c")))
    let read = try runs.read(Recording(path), part: .training)
    #expect(read[0].trajectory.samplingTime == 3600 && runs.time?.format == "dd/MM/yyyy HH.mm.ss")
  }

  @Test func dayAndMonthAreNotGuessed() throws {
    let path = try file("t,x,u\n03/04/2020,1,2\n03/05/2020,3,4\n03/06/2020,5,6\n")
    let error = #expect(throws: TableError.self) {
      try trajectories(Recording(path), settings(time: TimeColumn("t", tolerance: 0.2)))
    }
    #expect(error?.problem == .ambiguousTime("03/04/2020") && error?.column == "t")
    let read = try trajectories(
      Recording(path), settings(time: TimeColumn("t", format: "dd/MM/yyyy", tolerance: 0.2)))
    #expect(read[0].samplingTime == 31 * 86_400)
  }

  @Test func timesMustIncreaseEvenly() throws {
    let back = try file("t,x,u\n0,1,2\n1,3,4\n0.5,5,6\n")
    let error = problem(Recording(back), settings(time: TimeColumn("t")))
    #expect(error?.problem == .notIncreasing(0.5, after: 1) && error?.line == 4 && error?.column == "t")
    let twice = try file("t,x,u\n0,1,2\n0,3,4\n")
    #expect(
      problem(Recording(twice), settings(time: TimeColumn("t")))?.problem == .notIncreasing(0, after: 0))
    let gap = try file("t,x,u\n0,1,2\n1,3,4\n2,3,4\n5,5,6\n6,7,8\n")
    let uneven = problem(Recording(gap), settings(time: TimeColumn("t")))
    #expect(
      uneven?.problem
        == .uneven([.init(seconds: 1, count: 3), .init(seconds: 3, count: 1)], others: 0, usual: 1))
    #expect(uneven?.line == 5)
    let jitter = try file("t,x,u\n0,1,2\n1.004,3,4\n2,5,6\n3.003,7,8\n4,9,10\n")
    #expect(try trajectories(Recording(jitter), settings(time: TimeColumn("t"))).count == 1)
    #expect(problem(Recording(jitter), settings(time: TimeColumn("t", tolerance: 1e-3))) != nil)
  }

  @Test func resamplingBridgesShortGapsAndCutsLongOnes() throws {
    let path = try file("t,x,u\n0,0,10\n1,10,20\n3,30,30\n10,100,40\n11,110,50\n12,120,60\n")
    let read = try trajectories(
      Recording(path), settings(time: TimeColumn("t"), resampling: Resampling(step: 1, maxGap: 2)))
    #expect(read.map(\.states) == [[0, 10, 20, 30], [100, 110, 120]])
    #expect(read.map(\.inputs) == [[10, 20, 20, 30], [40, 50, 60]])
    let finer = try trajectories(
      Recording(path),
      settings(
        time: TimeColumn("t"), resampling: Resampling(step: 0.5, states: .hold, inputs: .linear, maxGap: 1)))
    #expect(finer[0].states == [0, 0, 10] && finer[0].inputs == [10, 15, 20])
    let coarser = try trajectories(
      Recording(path),
      settings(
        time: TimeColumn("t"), resampling: Resampling(step: 2, states: .mean, inputs: .mean, maxGap: 2)))
    #expect(coarser[0].states == [5, 30] && coarser[0].inputs == [15, 30])
  }

  /// Rows that are at the new times already keep their bits.
  @Test func resamplingKeepsRowsAsTheyAre() throws {
    let values = (0..<500).map { Double($0) / 7 }
    let text = "t,x,u\n" + values.indices.map { "\(Double($0) * 0.1),\(values[$0]),1\n" }.joined()
    let read = try trajectories(
      Recording(file(text)), settings(time: TimeColumn("t"), resampling: Resampling(step: 0.1)))
    #expect(read.count == 1 && read[0].states == values)
  }

  @Test func missingValuesCutARun() throws {
    let path = try file("x,u\n1,2\n3,4\n-200,6\n7,8\n9,\n11,12\n13,14\n15,16\n")
    var runs = RunReader(settings(samplingTime: 1, missing: ["-200"]))
    let read = try runs.read(Recording(path), part: .training).map(\.trajectory)
    #expect(read.map(\.states) == [[1, 3], [11, 13, 15]])
    #expect(runs.notes.count == 1 && runs.notes[0].contains(path))
    let sparse = try file("x,u\n1,2\n,3\n4,5\n,6\n")
    #expect(
      problem(Recording(sparse), settings(samplingTime: 1))?.problem
        == .noWholeRows([.init(column: "x", count: 2)], rows: 4))
  }

  @Test func runsInTurn() throws {
    let path = try file("id,t,x,u\na,0,1,2\nb,0,10,20\na,1,3,4\nb,1,30,40\na,2,5,6\n")
    let read = try trajectories(
      Recording(path), settings(time: TimeColumn("t"), runColumn: "id"))
    #expect(read.map(\.states) == [[1, 3, 5], [10, 30]])
    #expect(read[1].source?.hasPrefix("\(path), trajectory b") == true)
  }

  @Test func runsSideBySide() throws {
    let path = try file("\"uEst\",\"uVal\",\"yEst\",\"yVal\",\"Ts\",\n1,2,3,4,4,\n5,6,7,8,,\n")
    let first = Recording(path, columns: ["u": "uEst", "y": "yEst"])
    let second = Recording(path, columns: ["u": "uVal", "y": "yVal"])
    let side = settings(["y"], ["u"], samplingTime: 4)
    #expect(try trajectories(first, side)[0].states == [3, 7])
    #expect(try trajectories(second, side)[0].inputs == [2, 6])
  }

  @Test func rangesOfRows() throws {
    let path = try file("x,u\n" + (0..<10).map { "\($0),0\n" }.joined())
    let read = try trajectories(Recording(path, rows: RowRange(2, 5)), settings(samplingTime: 1))
    #expect(read[0].states == [2, 3, 4])
    #expect(
      try trajectories(Recording(path, rows: RowRange(7, nil)), settings(samplingTime: 1))[0].states
        == [7, 8, 9])
    #expect(
      problem(Recording(path, rows: RowRange(5, 11)), settings(samplingTime: 1))?.problem
        == .rows(RowRange(5, 11), count: 10))
    #expect(RowRange("3...5") == RowRange(3, 6) && RowRange("..<5") == RowRange(0, 5))
    #expect(RowRange("3...") == RowRange(3, nil) && RowRange("3..<6") == RowRange(3, 6))
    for text in ["", "3", "3-5", "6..<6", "...", "a...b", "-1...5", "3....5"] {
      #expect(RowRange(text) == nil)
    }
  }

  @Test func joinedByRow() throws {
    let path = try file("x\n1\n3\n")
    let other = try file("u\n2\n4\n", "b.csv")
    let read = try trajectories(
      Recording(path, join: JoinedFile(other, by: .row)), settings(samplingTime: 1))
    #expect(read[0].states == [1, 3] && read[0].inputs == [2, 4])
    let longer = try file("u\n2\n4\n6\n", "c.csv")
    #expect(
      problem(Recording(path, join: JoinedFile(longer, by: .row)), settings(samplingTime: 1))?.problem
        == .joinedRows(2, longer, 3))
  }

  @Test func joinedByTime() throws {
    let path = try file("time;x\n2020-01-01 00:00:00;0\n2020-01-01 02:00:00;2\n2020-01-01 03:00:00;3\n")
    let other = try file(
      "t,u\n2020-01-01T00:00:00Z,1\n2020-01-01T01:00:00Z,2\n2020-01-01T02:00:00Z,3\n2020-01-01T03:00:00Z,4\n",
      "b.csv")
    let joined = Recording(path, join: JoinedFile(other, by: .time, time: TimeColumn("t")))
    // Without interpolation the hour without x cuts the run.
    #expect(try trajectories(joined, settings(time: TimeColumn("time"))).map(\.inputs) == [[3, 4]])
    let read = try trajectories(
      joined, settings(time: TimeColumn("time"), resampling: Resampling(step: 3600)))
    #expect(read.map(\.states) == [[0, 1, 2, 3]] && read.map(\.inputs) == [[1, 2, 3, 4]])
  }

  @Test func theEndOfARunIsSetAside() throws {
    let path = try file("x,u\n" + (0..<20).map { "\($0),0\n" }.joined())
    var runs = RunReader(settings(samplingTime: 1))
    let read = try runs.read(
      Recording(path), part: .training, split: RunSplit(test: 0.2, validation: 0.15))
    #expect(read.map(\.part) == [.training, .validation, .test])
    #expect(read.map { Int($0.trajectory.states[0]) } == [0, 13, 16] && read[0].trajectory.rowCount == 13)
  }
}
