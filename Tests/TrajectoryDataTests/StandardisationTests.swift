import DynamicalSystems
import Testing
import TrajectoryData

@Suite struct StandardisationTests {
  /// Two trajectories of one state and one input; h = 2 s.
  private func pair() throws -> [Trajectory] {
    try [
      Trajectory(
        samplingTime: 2, stateNames: ["x"], inputNames: ["u"], states: [1, 3, 9], inputs: [0, 4, 100]),
      Trajectory(samplingTime: 2, stateNames: ["x"], inputNames: ["u"], states: [5, 5], inputs: [8, 100]),
    ]
  }

  /// Samples by hand: x = 1, 3, 5; u = 0, 4, 8; dx/dt = 1, 3, 0. Last rows have no target and do not count.
  @Test func handComputed() throws {
    let standardisation = try Standardisation(of: pair())
    #expect(standardisation.inputMean == [3, 4])
    #expect(standardisation.inputDeviation == [(8.0 / 3).squareRoot(), (32.0 / 3).squareRoot()])
    #expect(abs(standardisation.targetMean[0] - 4.0 / 3) < 1e-15)
    #expect(abs(standardisation.targetDeviation[0] - (14.0 / 9).squareRoot()) < 1e-15)
    #expect(standardisation.stateCount == 1 && standardisation.inputCount == 1)
    #expect(Array(standardisation.stateDeviation) == [(8.0 / 3).squareRoot()])
  }

  @Test func samplesFillRowsOfTheGivenStride() throws {
    let trajectories = try pair()
    let standardisation = try Standardisation(of: trajectories)
    var buffer = [Float](repeating: -7, count: 15)
    let rows = buffer.withUnsafeMutableBufferPointer {
      standardisation.fillSamples(standardisation.presentRow, of: trajectories, into: $0, rowStride: 5)
    }
    let z = Float(1.5.squareRoot())
    let deviation = (14.0 / 9).squareRoot()
    let targets = [1.0, 3, 0].map { Float(($0 - 4.0 / 3) / deviation) }
    #expect(rows == 3)
    let expected = [-z, -z, targets[0], -7, -7, 0, 0, targets[1], -7, -7, z, z, targets[2], -7, -7]
    #expect(zip(buffer, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect([3, 4, 8, 9, 13, 14].allSatisfy { buffer[$0] == -7 })
  }

  @Test func largeMeansKeepTheirPrecision() throws {
    let states = (0..<1001).map { 1e9 + Double($0 % 2 == 0 ? 1 : -1) }
    let inputs = (0..<1001).map { Double($0 % 7) }
    let trajectory = try Trajectory(
      samplingTime: 1, stateNames: ["x"], inputNames: ["u"], states: states, inputs: inputs)
    let standardisation = try Standardisation(of: [trajectory])
    #expect(standardisation.inputMean[0] == 1e9)
    #expect(standardisation.inputDeviation[0] == 1)
  }

  /// The rounding of a plain sum of 200,000 values would be far above the tolerance.
  @Test func manyValuesKeepTheirPrecision() throws {
    let states = (0..<200_001).map { $0 % 2 == 0 ? 1000.1 : 1000.3 }
    let trajectory = try Trajectory(
      samplingTime: 1, stateNames: ["x"], inputNames: [], states: states, inputs: [])
    let standardisation = try Standardisation(of: [trajectory])
    #expect(abs(standardisation.inputMean[0] - 1000.2) < 3e-13)
    #expect(abs(standardisation.inputDeviation[0] - 0.1) < 1e-13)
  }

  @Test func samplesOfACellHaveMeanZeroAndDeviationOne() throws {
    let set = try Simulation(seed: 8, rowCount: 1300).trajectories(training: 4, test: 0)
    let standardisation = try Standardisation(of: set.training)
    let count = 4 * 1299
    var samples = [Float](repeating: 0, count: count * 24)
    samples.withUnsafeMutableBufferPointer {
      #expect(
        standardisation.fillSamples(
          standardisation.presentRow, of: set.training, into: $0, rowStride: 24) == count)
    }
    for column in 0..<21 {
      let values = stride(from: column, to: samples.count, by: 24).map { Double(samples[$0]) }
      let mean = values.reduce(0, +) / Double(count)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(count)
      #expect(abs(mean) < 1e-6 && abs(square - 1) < 1e-6, "column \(column)")
    }
  }

  @Test func constantColumnsAreRefusedByName() throws {
    func text(_ states: [Double], _ inputs: [Double], source: String? = nil) -> String {
      do {
        let trajectory = try Trajectory(
          samplingTime: 10, stateNames: ["a"], inputNames: ["b"], states: states, inputs: inputs,
          source: source)
        _ = try Standardisation(of: [trajectory])
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(text([3, 3, 3], [1, 2, 3], source: "a.csv").hasPrefix("a.csv: a "))
    // A ramp: its rate differs from row to row by rounding only.
    #expect(
      text((0..<50).map { 1000 + 0.1 * Double($0) }, (0..<50).map(Double.init)).hasPrefix("a "))
    #expect(text([1, 2, 4], [1, 2, 3]) == "no error")
  }

  /// The last row's input is in no sample.
  @Test func constantInputHasDeviationOneAndIsNamed() throws {
    let trajectory = try Trajectory(
      samplingTime: 10, stateNames: ["a"], inputNames: ["b", "c"], states: [1, 2, 4],
      inputs: [0.1, 7, 0.1, 8, 5, 9])
    let standardisation = try Standardisation(of: [trajectory])
    #expect(standardisation.inputMean == [1.5, 0.1, 7.5])
    #expect(standardisation.inputDeviation == [0.5, 1, 0.5])
    #expect(Standardisation.constantInputs(of: [trajectory]) == ["b"])
    var samples = [Float](repeating: 9, count: 2 * 4)
    samples.withUnsafeMutableBufferPointer {
      _ = standardisation.fillSamples(standardisation.presentRow, of: [trajectory], into: $0, rowStride: 4)
    }
    #expect(samples == [-1, 0, -1, -1, 1, 0, 1, 1])
  }

  @Test func numbersFromAFileAreChecked() throws {
    let good = try Standardisation(
      inputMean: [1, 2], inputDeviation: [1, 1], targetMean: [0], targetDeviation: [2])
    #expect(good.inputCount == 1)
    #expect(throws: StandardisationError.invalid) {
      try Standardisation(inputMean: [1, 2], inputDeviation: [1, 0], targetMean: [0], targetDeviation: [2])
    }
    #expect(throws: StandardisationError.invalid) {
      try Standardisation(inputMean: [1], inputDeviation: [1], targetMean: [0, 1], targetDeviation: [2, 2])
    }
    #expect(throws: StandardisationError.noTrajectory) { try Standardisation(of: []) }
  }
}

/// Values that numbers in double precision can't standardise, or only with few digits.
@Suite struct StandardisationRangeTests {
  private func trajectory(_ values: [Double], samplingTime: Double = 1) throws -> Trajectory {
    try Trajectory(
      samplingTime: samplingTime, stateNames: ["x"], inputNames: [], states: values, inputs: [],
      source: "a.csv")
  }

  @Test(arguments: [1e200, 1e-200])
  func hugeAndTinyValuesAreRefused(scale: Double) throws {
    let values = (0..<50).map { scale * Double($0 * $0 % 11) }
    let error = #expect(throws: StandardisationError.self) { try Standardisation(of: [trajectory(values)]) }
    guard case .range(.column("x"), _, _, source: "a.csv") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aSamplingTimeThatMakesRatesOverflowIsRefused() throws {
    let values = (0..<50).map { Double($0 * $0 % 11) }
    let error = #expect(throws: StandardisationError.self) {
      try Standardisation(of: [trajectory(values, samplingTime: 1e-300)])
    }
    guard case .range(.rate("x"), _, samplingTime: 1e-300, source: "a.csv") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func lostDigitsAreNoted() throws {
    let values = (0..<50).map { 5 + 1e-12 * Double($0 * $0 % 11) }
    let coarse = Standardisation.coarseColumns(of: [try trajectory(values)])
    #expect(coarse.map(\.column) == [.column("x"), .rate("x")])
    #expect(coarse.allSatisfy { $0.levels > 1000 && $0.levels < 100_000 && $0.source == "a.csv" })
    let good = (0..<50).map { 5 + 1e-3 * Double($0 * $0 % 11) }
    #expect(Standardisation.coarseColumns(of: [try trajectory(good)]).isEmpty)
  }
}
