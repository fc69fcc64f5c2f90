/// Rolling forecasts with a learned model: x̂_{i+1} = x̂_i + h (denormalised network output at the regressor of row i), with
/// recorded inputs, from the first measured rows that the regressor needs. States are kept in float64; the network sees
/// float32.
///
/// One trajectory at a time, with any model: the reference for faster ones.
package struct RollingForecast: Sendable {
  /// A network: reads the standardised regressor, writes n standardised targets.
  package typealias Model = (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void

  /// The standardisation with which the model was trained.
  package let standardisation: Standardisation
  /// The sampling time h (s).
  package let samplingTime: Double
  /// What the model sees.
  package let regressor: Regressor

  /// Forecasts with a standardisation, a sampling time (s) and a regressor without hidden states, by default the
  /// present row.
  package init(standardisation: Standardisation, samplingTime: Double, regressor: Regressor? = nil) {
    self.standardisation = standardisation
    self.samplingTime = samplingTime
    self.regressor = regressor ?? standardisation.presentRow
  }

  /// The forecast of a trajectory from its first rows with its inputs: states, row-major [rowCount x n]; the rows to
  /// ``Regressor/warmUp`` are the trajectory's.
  package func forecast(_ trajectory: Trajectory, model: Model) -> [Double] {
    let given = min(regressor.warmUp + 1, trajectory.rowCount) * standardisation.stateCount
    return forecast(
      from: trajectory.bridgedStates(given / standardisation.stateCount), inputs: trajectory.inputs[...],
      steps: regressor.sampleCount(rows: trajectory.rowCount), model: model)
  }

  /// The forecast of `steps` steps from the first states, row-major [warmUp + 1 x n], under inputs, row-major [rows x m],
  /// of at least as many rows as the steps need.
  ///
  /// Returns the states, row-major [warmUp + 1 + steps x n], the first rows the given states. From the first state that is
  /// not finite on, all are not a number, and the model is not called any more.
  /// - Precondition: the numbers of values fit.
  package func forecast(from first: [Double], inputs: ArraySlice<Double>, steps: Int, model: Model)
    -> [Double]
  {
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    let (columns, scales) = (regressor.columns, standardisation.scales(of: regressor))
    precondition(steps == 0 || first.count == (regressor.warmUp + 1) * n)
    var states = first
    states.reserveCapacity(first.count + steps * n)
    var features = [Float](repeating: 0, count: columns.count)
    var rates = [Float](repeating: 0, count: n)
    for step in 0..<steps {
      let row = regressor.warmUp + step
      for (place, column) in columns.enumerated() {
        let value =
          switch column.kind {
          case .output: states[(row - column.lag) * n + column.index]
          case .hidden: preconditionFailure("a forecast with hidden states needs their dynamics")
          case .input: inputs[inputs.startIndex + (row - column.lag) * m + column.index]
          }
        features[place] = Float((value - scales[place].mean) / scales[place].deviation)
      }
      features.withUnsafeBufferPointer { features in
        rates.withUnsafeMutableBufferPointer { model(features, $0) }
      }
      var x = Array(states[(row * n)...])
      for lane in 0..<n {
        let rate =
          standardisation.targetMean[lane] + standardisation.targetDeviation[lane] * Double(rates[lane])
        x[lane] += samplingTime * rate
      }
      guard x.allSatisfy(\.isFinite) else {
        states += [Double](repeating: .nan, count: (steps - step) * n)
        break
      }
      states += x
    }
    return states
  }
}
