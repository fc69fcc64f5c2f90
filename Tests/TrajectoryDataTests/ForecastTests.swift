import DynamicalSystems
import Testing
import TrajectoryData

@Suite struct ForecastTests {
  private func window(_ steps: Range<Int>) -> ForecastWindow {
    ForecastWindow(from: steps.lowerBound, to: steps.upperBound)
  }

  @Test func windowsCoverTheRowsToWhichTheirStepsLead() throws {
    #expect(ForecastWindow.standard.map(\.name) == ["0-100", "100-2500", "2500-5000", "0-5000"])
    #expect(
      ForecastWindow.standard.map { $0.rows(in: 5001) } == [1..<101, 101..<2501, 2501..<5001, 1..<5001])
    #expect(
      ForecastWindow.standard.map { $0.rows(in: 2000) } == [1..<101, 101..<2000, 2000..<2000, 1..<2000])
    #expect(ForecastWindow.standard.allSatisfy { $0.rows(in: 1).isEmpty && $0.rows(in: 0).isEmpty })
  }

  /// Two states with σ = 1 and 2, deviations by hand; row 0 is exact and counts nowhere.
  @Test func handComputedErrors() throws {
    let truth: [Double] = [0, 0, 0, 0, 0, 0, 0, 0]
    let forecast: [Double] = [0, 0, 1, 4, -3, 0, 0, 2]
    let errors = ForecastError.errors(
      of: forecast, truth: truth, deviations: [1, 2], windows: [window(0..<2), window(2..<9), window(3..<5)])
    #expect(errors.map(\.stepCount) == [2, 1])
    // Normalised: (1, 2), (-3, 0), (0, 1): (1 + 4 + 9) / 4 and (1.5 + 1.5) / 2 in the first window.
    #expect(errors.map(\.meanSquare) == [3.5, 0.5])
    #expect(errors.map(\.meanAbsolute) == [1.5, 0.5])
    #expect(errors.map(\.largest) == [1.5, 0.5])
    #expect(errors.map(\.blewUp) == [false, false])
  }

  @Test(arguments: [(3.0, false), (3.0000001, true), (-4, true), (.infinity, true), (.nan, true)])
  func blowUps(deviation: Double, blewUp: Bool) throws {
    let errors = ForecastError.errors(
      of: [0, 1, deviation, 1, 1], truth: [0, 0, 0, 0, 0], deviations: [1],
      windows: [window(0..<1), window(0..<2), window(2..<4)])
    #expect(errors.map(\.blewUp) == [false, blewUp, false])
    if !deviation.isFinite {
      #expect(errors[1].meanSquare == .infinity && errors[1].meanAbsolute == .infinity)
      #expect(errors[1].largest == .infinity)
    }
  }

  /// A model that is exactly x' = (u - x) / 4 in standardised variables, against the recursion by hand.
  @Test func forecastFollowsTheModel() throws {
    let standardisation = try Standardisation(
      inputMean: [2, 10], inputDeviation: [0.5, 4], targetMean: [0.25], targetDeviation: [2])
    let inputs: [Double] = [10, 14, 6, 999]
    let trajectory = try Trajectory(
      samplingTime: 0.5, stateNames: ["x"], inputNames: ["u"], states: [3, 0, 0, 0], inputs: inputs)
    let states = RollingForecast(standardisation: standardisation, samplingTime: 0.5).forecast(trajectory) {
      features, rates in rates[0] = features[1] - features[0]
    }
    var expected: [Double] = [3]
    for u in inputs[..<3] {
      let x = expected[expected.count - 1]
      expected.append(x + 0.5 * (0.25 + 2 * ((u - 10) / 4 - (x - 2) / 0.5)))
    }
    #expect(states == expected)
  }

  @Test func afterAStateThatIsNotFiniteTheModelRests() throws {
    let standardisation = try Standardisation(
      inputMean: [0, 0], inputDeviation: [1, 1], targetMean: [0], targetDeviation: [1e300])
    var calls = 0
    let states = RollingForecast(standardisation: standardisation, samplingTime: 1).forecast(
      from: [1], inputs: [0, 0, 0, 0], steps: 4
    ) { _, rates in
      calls += 1
      rates[0] = calls == 1 ? 1 : 1e30
    }
    #expect(calls == 2)
    #expect(states.count == 5 && states[..<2].allSatisfy(\.isFinite) && states[2...].allSatisfy(\.isNaN))
  }

  /// A forecast with the cell's true rates of change follows the trajectory but for the rounding of float32.
  @Test func trueRatesFollowTheCell() throws {
    let set = try Simulation(seed: 6, rowCount: 2000).trajectories(training: 5, test: 1)
    let trajectory = set.test[0]
    let standardisation = try Standardisation(of: set.training)
    var row = 0
    let states = RollingForecast(standardisation: standardisation, samplingTime: 10).forecast(trajectory) {
      _, rates in
      for lane in 0..<8 {
        let rate = (trajectory.states[row * 8 + 8 + lane] - trajectory.states[row * 8 + lane]) / 10
        rates[lane] = Float((rate - standardisation.targetMean[lane]) / standardisation.targetDeviation[lane])
      }
      row += 1
    }
    let errors = ForecastError.errors(
      of: states, truth: trajectory.states, deviations: standardisation.stateDeviation)
    #expect(errors.map(\.window.name) == ["0-100", "100-2500", "0-5000"])
    #expect(errors.map(\.stepCount) == [100, 1899, 1999])
    #expect(errors.allSatisfy { $0.meanAbsolute < 1e-4 && $0.meanAbsolute > 0 && !$0.blewUp })
  }
}
