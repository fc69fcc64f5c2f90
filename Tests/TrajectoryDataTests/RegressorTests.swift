import Foundation
import Testing
import TrajectoryData

@Suite struct RegressorTests {
  private static func regressor(atOutput: Bool = false) throws -> Regressor {
    try Regressor(
      outputLags: [3, 1], inputs: [.init(lags: 2, deadTime: 4), .init(lags: 1)], inputAtOutput: atOutput)
  }

  private static func trajectory(rows: Int, seed: UInt64) throws -> Trajectory {
    var state = seed
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / 1000
    }
    return try Trajectory(
      samplingTime: 0.5, stateNames: ["level", "flow"], inputNames: ["pump", "valve"],
      states: (0..<2 * rows).map { _ in next() }, inputs: (0..<2 * rows).map { _ in next() })
  }

  @Test func columnsAreSignalBySignalAndTheNewestFirst() throws {
    let plain = try Self.regressor()
    #expect(
      plain.columnNames(outputs: ["level", "flow"], inputs: ["pump", "valve"])
        == ["level[t]", "level[t-1]", "level[t-2]", "flow", "pump[t-4]", "pump[t-5]", "valve"])
    #expect(plain.warmUp == 5 && plain.signalOfColumn == [0, 0, 0, 1, 2, 2, 3])
    #expect(plain.columnsOfSignal == [0..<3, 3..<4, 4..<6, 6..<7])
    let atOutput = try Self.regressor(atOutput: true)
    #expect(
      atOutput.columnNames(outputs: ["level", "flow"], inputs: ["pump", "valve"])
        == ["level[t]", "level[t-1]", "level[t-2]", "flow", "pump[t-3]", "pump[t-4]", "valve[t+1]"])
    #expect(atOutput.warmUp == 4)
    #expect(
      plain.sampleCount(rows: 7) == 1 && plain.sampleCount(rows: 6) == 0 && plain.sampleCount(rows: 2) == 0)
    let present = Regressor.present(outputs: 2, inputs: 1)
    #expect(present.columnNames(outputs: ["a", "b"], inputs: ["u"]) == ["a", "b", "u"])
    #expect(present.isPresentRow && present.warmUp == 0 && !plain.isPresentRow)
    #expect(
      try Regressor(outputLags: [1], hiddenStates: 2, inputs: [.init(lags: 1)])
        .columnNames(outputs: ["y"], inputs: ["u"]) == ["y", "h1", "h2", "u"])
    #expect(
      plain.bySignal([[false, false, true, false, false, false, true], .init(repeating: false, count: 7)])
        == [[true, false, false, true], [false, false, false, false]])
  }

  @Test func hiddenStatesDoNotTakeASignalsName() throws {
    let regressor = try Regressor(outputLags: [1, 1], hiddenStates: 2, inputs: [.init(lags: 1)])
    #expect(
      regressor.signalNames(outputs: ["h2", "y"], inputs: ["u"]) == ["h2", "y", "hidden1", "hidden2", "u"])
    #expect(regressor.signalNames(outputs: ["h3", "y"], inputs: ["u"]) == ["h3", "y", "h1", "h2", "u"])
    #expect(
      Regressor.hiddenStateNames(1, besides: ["h1", "hidden1", "hidden_1"]) == ["hidden__1"])
  }

  /// A target over several steps is the mean rate of as many steps around the predicted one, or of those that there are.
  @Test(arguments: [1, 2, 3, 6]) func targetsOfSeveralSteps(steps: Int) throws {
    let trajectory = try Self.trajectory(rows: 9, seed: 4)
    let standardisation = try Standardisation(of: [trajectory])
    var buffer = [Float](repeating: 0, count: 8 * 6)
    buffer.withUnsafeMutableBufferPointer {
      _ = standardisation.fillSamples(
        .present(outputs: 2, inputs: 2), of: [trajectory], into: $0, rowStride: 6, steps: steps)
    }
    let before = [1: 0, 2: 0, 3: 1, 6: 2][steps] ?? 0
    for row in 0..<8 {
      let (first, last) = (max(0, row - before), min(8, row - before + steps))
      for state in 0..<2 {
        let change = trajectory.states[last * 2 + state] - trajectory.states[first * 2 + state]
        let rate = change / (0.5 * Double(last - first))
        let expected =
          (rate - standardisation.targetMean[state]) / standardisation.targetDeviation[state]
        #expect(buffer[row * 6 + 4 + state] == Float(expected), "\(row)")
      }
    }
  }

  /// Every sample against its definition, in float64 and by name.
  @Test(arguments: [false, true])
  func samplesAreTheDefinition(atOutput: Bool) throws {
    let regressor = try Self.regressor(atOutput: atOutput)
    let trajectories = try [(12, 1), (6, 2), (9, 3)].map { try Self.trajectory(rows: $0, seed: $1) }
    let standardisation = try Standardisation(of: trajectories)
    // (signal, lag); the second trajectory has a sample only if the inputs' lags begin a row later.
    let lags =
      [("level", 0), ("level", 1), ("level", 2), ("flow", 0)]
      + (atOutput ? [("pump", 3), ("pump", 4), ("valve", -1)] : [("pump", 4), ("pump", 5), ("valve", 0)])
    let counts = atOutput ? [7, 1, 4] : [6, 0, 3]
    let first = atOutput ? 4 : 5
    var buffer = [Float](repeating: .nan, count: 12 * 11)
    let count = buffer.withUnsafeMutableBufferPointer {
      standardisation.fillSamples(regressor, of: trajectories, into: $0, rowStride: 11)
    }
    #expect(count == counts.reduce(0, +))
    let signals = ["level", "flow", "pump", "valve"]
    func column(_ trajectory: Trajectory, _ signal: Int, _ row: Int) -> Double {
      signal < 2 ? trajectory.states[2 * row + signal] : trajectory.inputs[2 * row + signal - 2]
    }
    var place = 0
    for (trajectory, samples) in zip(trajectories, counts) {
      for row in first..<first + samples {
        for (k, (name, lag)) in lags.enumerated() {
          let signal = try #require(signals.firstIndex(of: name))
          let value =
            (column(trajectory, signal, row - lag) - standardisation.inputMean[signal])
            / standardisation.inputDeviation[signal]
          #expect(buffer[place + k] == Float(value))
        }
        for output in 0..<2 {
          let rate = (column(trajectory, output, row + 1) - column(trajectory, output, row)) / 0.5
          let target = (rate - standardisation.targetMean[output]) / standardisation.targetDeviation[output]
          #expect(buffer[place + 7 + output] == Float(target))
        }
        #expect(buffer[place + 9].isNaN && buffer[place + 10].isNaN)
        place += 11
      }
    }
    #expect(buffer[place...].allSatisfy { $0.isNaN })
  }

  @Test func travelsAsJSONAndRefusesWhatCannotBe() throws {
    let regressor = try Self.regressor(atOutput: true)
    let bytes = try JSONEncoder().encode(regressor)
    #expect(try JSONDecoder().decode(Regressor.self, from: bytes) == regressor)
    let text = String(decoding: bytes, as: UTF8.self)
    for (old, new) in [("[3,1]", "[3,0]"), ("[3,1]", "[]"), ("\"deadTime\":4", "\"deadTime\":-1")] {
      let other = text.replacing(old, with: new)
      #expect(other != text)
      #expect(throws: RegressorError.self) {
        try JSONDecoder().decode(Regressor.self, from: Data(other.utf8))
      }
    }
  }

  /// A model that reads the lags it should, against the recursion by hand.
  @Test func forecastStartsFromTheRowsThatItNeeds() throws {
    let regressor = try Regressor(outputLags: [2], inputs: [.init(lags: 1, deadTime: 1)])
    let standardisation = try Standardisation(
      inputMean: [2, 10], inputDeviation: [0.5, 4], targetMean: [0.25], targetDeviation: [2])
    let trajectory = try Trajectory(
      samplingTime: 0.5, stateNames: ["x"], inputNames: ["u"], states: [3, 4, 0, 0, 0],
      inputs: [10, 14, 6, 8, 999])
    let forecast = RollingForecast(
      standardisation: standardisation, samplingTime: 0.5, regressor: regressor
    ).forecast(trajectory) { z, rates in rates[0] = z[2] - 0.5 * z[0] - 0.25 * z[1] }
    var expected: [Double] = [3, 4]
    for row in 1..<4 {
      let (x, before, u) = (expected[row], expected[row - 1], trajectory.inputs[row - 1])
      expected.append(
        x + 0.5 * (0.25 + 2 * ((u - 10) / 4 - 0.5 * (x - 2) / 0.5 - 0.25 * (before - 2) / 0.5)))
    }
    #expect(forecast == expected)
    let errors = ForecastError.errors(
      of: [9, 9, 1, 2, 3], truth: [0, 0, 0, 0, 0], deviations: [1],
      windows: [ForecastWindow(from: 0, to: 2), ForecastWindow(from: 2, to: 9)], warmUp: 1)
    #expect(errors.map(\.stepCount) == [2, 1] && errors.map(\.meanAbsolute) == [1.5, 3])
    #expect(ForecastError.errors(of: [9, 9], truth: [0, 0], deviations: [1], warmUp: 3).isEmpty)
  }
}
