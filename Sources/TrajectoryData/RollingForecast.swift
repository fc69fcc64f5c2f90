/// Rolling forecasts with a learned model: x̂_0 = x_0, x̂_{i+1} = x̂_i + h (denormalised network output at (x̂_i, u_i)), with
/// recorded inputs. States are kept in float64; the network sees float32.
///
/// One trajectory at a time, with any model: the reference for faster ones.
package struct RollingForecast: Sendable {
  /// A network: reads n + m standardised inputs, writes n standardised targets.
  package typealias Model = (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void

  /// The standardisation with which the model was trained.
  package let standardisation: Standardisation
  /// The sampling time h (s).
  package let samplingTime: Double

  /// Forecasts with a standardisation and a sampling time (s).
  package init(standardisation: Standardisation, samplingTime: Double) {
    self.standardisation = standardisation
    self.samplingTime = samplingTime
  }

  /// The forecast of a trajectory from its first state with its inputs: states, row-major [rowCount x n].
  package func forecast(_ trajectory: Trajectory, model: Model) -> [Double] {
    forecast(
      from: Array(trajectory.state(0)),
      inputs: trajectory.inputs[..<(trajectory.sampleCount * standardisation.inputCount)],
      steps: trajectory.sampleCount, model: model)
  }

  /// The forecast of `steps` steps from a state (n values) under inputs, row-major [steps x m].
  ///
  /// Returns the states, row-major [steps + 1 x n], the first row the given state. From the first state that is not
  /// finite on, all are not a number, and the model is not called any more.
  /// - Precondition: the numbers of values fit.
  package func forecast(from state: [Double], inputs: ArraySlice<Double>, steps: Int, model: Model)
    -> [Double]
  {
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    precondition(state.count == n && inputs.count == steps * m)
    var states = state
    states.reserveCapacity((steps + 1) * n)
    var features = [Float](repeating: 0, count: n + m)
    var rates = [Float](repeating: 0, count: n)
    var x = state
    for step in 0..<steps {
      for lane in 0..<n { features[lane] = standardised(x[lane], lane) }
      for lane in 0..<m {
        features[n + lane] = standardised(inputs[inputs.startIndex + step * m + lane], n + lane)
      }
      features.withUnsafeBufferPointer { features in
        rates.withUnsafeMutableBufferPointer { model(features, $0) }
      }
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

  private func standardised(_ value: Double, _ column: Int) -> Float {
    Float((value - standardisation.inputMean[column]) / standardisation.inputDeviation[column])
  }
}
