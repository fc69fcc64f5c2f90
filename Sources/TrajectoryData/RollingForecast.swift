/// Rolling forecasts with a learned model: x̂_{i+1} = x̂_i + h (denormalised network output at the regressor of row i), with
/// recorded inputs, from the first measured rows that the regressor needs. States are kept in float64; the network sees
/// float32. Hidden states move by ĥ_{i+1} = carry ĥ_i + gain (network output).
///
/// One trajectory at a time, with any model: the reference for faster ones.
package struct RollingForecast: Sendable {
  /// A network: reads the standardised regressor, writes n standardised targets and an output a hidden state.
  package typealias Model = (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void

  /// The standardisation with which the model was trained.
  package let standardisation: Standardisation
  /// The sampling time h (s).
  package let samplingTime: Double
  /// What the model sees.
  package let regressor: Regressor
  private let carry: Double
  private let gain: Double

  /// Forecasts with a standardisation, a sampling time (s) and a regressor, by default the present row; `carry` and `gain`
  /// are those of hidden states.
  package init(
    standardisation: Standardisation, samplingTime: Double, regressor: Regressor? = nil, carry: Double = 0,
    gain: Double = 0
  ) {
    self.standardisation = standardisation
    self.samplingTime = samplingTime
    self.regressor = regressor ?? standardisation.presentRow
    (self.carry, self.gain) = (carry, gain)
  }

  /// The forecast of a trajectory from its first rows with its inputs: states, row-major [rowCount x n]; the rows to
  /// ``Regressor/warmUp`` + `washout` are the trajectory's. Hidden states start from zero.
  package func forecast(_ trajectory: Trajectory, washout: Int = 0, model: Model) -> [Double] {
    let steps = regressor.sampleCount(rows: trajectory.rowCount)
    let given = min(regressor.warmUp + washout + 1, trajectory.rowCount) * standardisation.stateCount
    return forecast(
      from: trajectory.bridgedStates(given / standardisation.stateCount), inputs: trajectory.inputs[...],
      steps: steps, model: model)
  }

  /// The forecast of `steps` steps from the first states, row-major [warmUp + 1 or more x n], under inputs, row-major
  /// [rows x m], of at least as many rows as the steps need. Hidden states start in row ``Regressor/warmUp``, from these or
  /// from zero; in given rows after it they settle.
  ///
  /// Returns the states, row-major [warmUp + 1 + steps x n], the first rows the given states. From the first state that is
  /// not finite on, all are not a number, and the model is not called any more.
  /// - Precondition: the numbers of values fit.
  package func forecast(
    from first: [Double], hidden: [Double]? = nil, inputs: ArraySlice<Double>, steps: Int, model: Model
  ) -> [Double] {
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    let (columns, scales) = (regressor.columns, standardisation.scales(of: regressor))
    let given = first.count / n
    precondition(steps == 0 || (regressor.warmUp + 1...regressor.warmUp + 1 + steps).contains(given))
    var states = first
    states.reserveCapacity(first.count + steps * n)
    var hidden = hidden ?? [Double](repeating: 0, count: regressor.hiddenStates)
    precondition(hidden.count == regressor.hiddenStates)
    var features = [Float](repeating: 0, count: columns.count)
    var rates = [Float](repeating: 0, count: n + hidden.count)
    for step in 0..<steps {
      let row = regressor.warmUp + step
      for (place, column) in columns.enumerated() {
        let value =
          switch column.kind {
          case .output: states[(row - column.lag) * n + column.index]
          case .hidden: hidden[column.index]
          case .input: inputs[inputs.startIndex + (row - column.lag) * m + column.index]
          }
        features[place] = Float((value - scales[place].mean) / scales[place].deviation)
      }
      features.withUnsafeBufferPointer { features in
        rates.withUnsafeMutableBufferPointer { model(features, $0) }
      }
      var x = Array(states[(row * n)..<(row + 1) * n])
      for lane in 0..<n {
        let rate =
          standardisation.targetMean[lane] + standardisation.targetDeviation[lane] * Double(rates[lane])
        x[lane] += samplingTime * rate
      }
      for k in hidden.indices { hidden[k] = carry * hidden[k] + gain * Double(rates[n + k]) }
      guard x.allSatisfy(\.isFinite), hidden.allSatisfy(\.isFinite) else {
        states += [Double](repeating: .nan, count: (regressor.warmUp + 1 + steps) * n - states.count)
        break
      }
      if row + 1 >= given { states += x }
    }
    return states
  }
}
