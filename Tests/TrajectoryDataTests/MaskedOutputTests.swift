import Foundation
import Testing

@testable import TrajectoryData

/// Outputs that were not measured count in no mean, loss or error, and are never taken for zero.
@Suite struct MaskedOutputTests {
  private func trajectory(_ x: [Double], _ u: [Double]? = nil) throws -> Trajectory {
    try Trajectory(
      samplingTime: 0.5, stateNames: ["x"], inputNames: u == nil ? [] : ["u"], states: x, inputs: u ?? [],
      allowsMissing: true)
  }

  @Test func onlyOutputsMayBeMissing() throws {
    #expect(try trajectory([1, .nan, 3]).hasMissing)
    #expect(throws: TrajectoryError.self) { try trajectory([1, .infinity, 3]) }
    #expect(throws: TrajectoryError.self) { try trajectory([1, 2], [1, .nan]) }
  }

  @Test func runsAreMaskedRatherThanCut() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.csv").path
    // Rows without any output at the ends are dropped; a missing input cuts.
    let text = "x,y,u\n,,1\n1,,2\n,,3\n3,5,4\n4,,\n,6,5\n5,7,6\n,,7\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var runs = RunReader(
      .init(states: ["x", "y"], inputs: ["u"], samplingTime: 1, missingOutputs: .mask))
    let read = try runs.read(Recording(path), part: .training).map(\.trajectory)
    #expect(read.map(\.inputs) == [[2, 3, 4], [5, 6]])
    #expect(read.map { $0.states.map { $0.isNaN ? -1 : $0 } } == [[1, -1, -1, -1, 3, 5], [-1, 6, 5, 7]])
    #expect(runs.notes.count == 1 && read.allSatisfy(\.hasMissing))
  }

  @Test func statisticsAreThoseOfTheMeasuredValues() throws {
    let whole = try trajectory([1, 2, 4, 8, 9, 5, 3])
    let holes = try trajectory([1, 2, 4, .nan, 9, 5, .nan, 3])
    let standardisation = try Standardisation(of: [holes])
    // All but the last row: 1, 2, 4, 9, 5; rates 2, 4, (9 - 4) / 1, -8, (3 - 5) / 1.
    #expect(abs(standardisation.inputMean[0] - 4.2) < 1e-12)
    #expect(abs(standardisation.targetMean[0] - 0.2) < 1e-12)
    let twice = try Standardisation(of: [whole, holes])
    #expect(twice.inputMean[0] != standardisation.inputMean[0])
  }

  @Test func samplesThatTouchAMissingValueAreLeftOut() throws {
    let holes = try trajectory([1, 2, 4, .nan, 9, 5, 3], [0, 1, 0, 1, 0, 1, 0])
    let standardisation = try Standardisation(of: [holes])
    let regressor = standardisation.presentRow
    var rows = [Float](repeating: -7, count: 6 * 4)
    let count = rows.withUnsafeMutableBufferPointer { rows in
      holes.withView { standardisation.fillSamples(regressor, of: [$0], into: rows, rowStride: 4) }
    }
    // Rows 0, 1, 4 and 5 are whole; the rest of the room repeats them.
    #expect(count == 4 && rows.allSatisfy { !$0.isNaN })
    #expect(Array(rows[16..<19]) == Array(rows[0..<3]) && Array(rows[20..<23]) == Array(rows[4..<7]))
    #expect(regressor.hasWholeSample(in: holes))
    #expect(try !regressor.hasWholeSample(in: trajectory([1, .nan, 2, .nan, 3], [0, 1, 0, 1, 0])))
  }

  @Test func errorsCountMeasuredRowsAlone() throws {
    let truth = [0, 0, 1, .nan, 2, 2, .nan, .nan]
    let forecast: [Double] = [0, 0, 2, 9, 2, 5, 9, 9]
    let window = [ForecastWindow(from: 0, to: 3)]
    let error = try #require(
      ForecastError.errors(of: forecast, truth: truth, deviations: [1, 1], windows: window).first)
    // Row 1: 1 of one value; row 2: (0 + 3) / 2; row 3 isn't measured.
    #expect(error.stepCount == 2 && error.meanAbsolute == 1.25 && error.largest == 1.5)
    #expect(error.meanSquare == 10.0 / 3)
    let none = ForecastError.errors(
      of: [0, 0], truth: [0, .nan], deviations: [1], windows: [ForecastWindow(from: 0, to: 1)])
    #expect(none.isEmpty)
    // A forecast that isn't finite has failed even where nothing was measured.
    let failed = ForecastError.errors(
      of: [0, .nan], truth: [0, .nan], deviations: [1], windows: [ForecastWindow(from: 0, to: 1)])
    #expect(failed.first?.blewUp == true)
  }

  @Test func lagsBeforeAForecastAreBridged() throws {
    #expect(try trajectory([.nan, 1, .nan, .nan, 4, .nan]).bridgedStates(6) == [1, 1, 2, 3, 4, 4])
    #expect(try trajectory([.nan, 1, .nan, .nan, 4, .nan]).bridgedStates(3) == [1, 1, 2])
    #expect(try trajectory([.nan, .nan, 5]).bridgedStates(1) == [5])
  }
}
