/// The errors of one rolling forecast in one window.
package struct ForecastError: Sendable, Equatable {
  /// The window.
  package let window: ForecastWindow
  /// The steps of the window that the trajectory has, with a measured state.
  package let stepCount: Int
  /// AN-RFMSE: mean over steps and states of ((x̂ - x) / σ)²; infinite if a state is not finite.
  package let meanSquare: Double
  /// AN-RFMAE: mean over steps of e_i, the mean over the states of |x̂ - x| / σ; infinite if a state is not finite.
  package let meanAbsolute: Double
  /// The largest e_i; infinite if a state is not finite.
  package let largest: Double
  /// Whether the forecast blew up: an e_i above 3, or anything not finite.
  package var blewUp: Bool { !(largest <= Self.blowUpLimit) }

  /// The error per step beyond which a forecast has blown up, in standard deviations.
  package static var blowUpLimit: Double { 3 }

  /// Errors of given values.
  package init(
    window: ForecastWindow, stepCount: Int, meanSquare: Double, meanAbsolute: Double, largest: Double
  ) {
    self.window = window
    self.stepCount = stepCount
    self.meanSquare = meanSquare
    self.meanAbsolute = meanAbsolute
    self.largest = largest
  }

  /// The errors in each window of which the trajectory has at least one step, in the order of the windows.
  ///
  /// A state that was not measured, NaN in `truth`, counts nothing: the mean of its row is over the others.
  ///
  /// Sums run in the order of rows and states: the same bits on every host. O(rows n windows).
  ///
  /// - Parameters:
  ///   - forecast: x̂, row-major [rows x n], its rows to `warmUp` the given states.
  ///   - truth: x, as large.
  ///   - deviations: σ, n standard deviations of the training set, positive.
  ///   - windows: the windows; default: ``ForecastWindow/standard``.
  ///   - warmUp: rows before the one from which the forecast starts; steps are counted from there.
  /// - Precondition: both have the same number of full rows.
  package static func errors(
    of forecast: [Double], truth: [Double], deviations: some Collection<Double>,
    windows: [ForecastWindow] = ForecastWindow.standard, warmUp: Int = 0
  ) -> [ForecastError] {
    let deviations = Array(deviations)
    precondition(!deviations.isEmpty && truth.count.isMultiple(of: deviations.count))
    precondition(forecast.count == truth.count)
    let rowCount = truth.count / deviations.count
    return windows.compactMap { window in
      let rows = window.rows(in: max(0, rowCount - warmUp))
      if rows.isEmpty { return nil }
      let shifted = rows.lowerBound + warmUp..<rows.upperBound + warmUp
      let error = ForecastError(window, shifted, forecast, truth, deviations)
      return error.stepCount == 0 ? nil : error
    }
  }

  private init(
    _ window: ForecastWindow, _ rows: Range<Int>, _ forecast: [Double], _ truth: [Double],
    _ deviations: [Double]
  ) {
    let n = deviations.count
    var squares = 0.0
    var absolutes = 0.0
    var largest = 0.0
    var (steps, values) = (0, 0)
    for row in rows {
      var error = 0.0
      var measured = 0
      for lane in 0..<n {
        if truth[row * n + lane].isNaN {
          // A forecast that is not finite has failed, whatever was measured.
          if !forecast[row * n + lane].isFinite { error = .nan }
          continue
        }
        measured += 1
        let deviation = (forecast[row * n + lane] - truth[row * n + lane]) / deviations[lane]
        squares += deviation * deviation
        error += deviation.magnitude
      }
      if measured == 0 && !error.isNaN { continue }
      (steps, values) = (steps + 1, values + measured)
      error /= Double(max(1, measured))
      absolutes += error
      largest = error > largest || error.isNaN ? error : largest
      if !error.isFinite { break }
    }
    let finite = largest.isFinite
    self.window = window
    // A forecast that failed ends the sums early.
    stepCount = finite ? steps : rows.count
    meanSquare = finite ? squares / Double(values) : .infinity
    meanAbsolute = finite ? absolutes / Double(steps) : .infinity
    self.largest = finite ? largest : .infinity
  }
}
