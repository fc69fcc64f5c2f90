import SparseNetworks
import StudyFiles
import TrajectoryData

/// How the hidden states of a member move, and start in a forecast.
///
/// h(k + 1) = 0.95 h(k) + 0.1 f(z(k)): without the network they decay within about twenty steps, so that a simulation over
/// thousands of rows starts bounded, and training decides which of them last longer.
package struct HiddenStates: Codable, Equatable, Sendable {
  /// Factor of a hidden state in the next one, beside the network's part.
  package static let carry = 0.95
  /// Factor of the network's output.
  package static let gain = 0.1

  /// How they start.
  package var initialState: InitialState
  /// Measured rows, after the first from which the network can predict, in which they settle or by which they are
  /// estimated; a forecast begins after them.
  package var rows: Int

  /// Hidden states with a start.
  package init(initialState: InitialState, rows: Int) {
    (self.initialState, self.rows) = (initialState, rows)
  }
}

extension Recurrence {
  /// How a member is simulated in standardised units.
  init(
    _ regressor: Regressor, _ standardisation: Standardisation, samplingTime: Double, outputWeights: [Double]
  ) {
    let (n, hidden) = (regressor.outputCount, regressor.hiddenStates)
    let scale = (0..<n).map { samplingTime / standardisation.inputDeviation[$0] }
    self.init(
      outputLags: regressor.outputLags, hiddenStates: hidden, inputLags: regressor.inputs.map(\.lags),
      carry: .init(repeating: 1, count: n) + .init(repeating: Float(HiddenStates.carry), count: hidden),
      offset: (0..<n).map { Float(scale[$0] * standardisation.targetMean[$0]) }
        + .init(repeating: 0, count: hidden),
      gain: (0..<n).map { Float(scale[$0] * standardisation.targetDeviation[$0]) }
        + .init(repeating: Float(HiddenStates.gain), count: hidden),
      outputWeights: outputWeights.map { Float($0) })
  }
}

extension RecordedRuns {
  /// The rows of trajectories, standardised, with the inputs that the regressor sees newest at each.
  convenience init(
    _ regressor: Regressor, of trajectories: [TrajectoryView], _ standardisation: Standardisation,
    in storage: SampleStorage? = nil
  ) {
    let (n, m) = (standardisation.stateCount, standardisation.inputCount)
    // Rows between an input's newest value and the present row.
    let age = regressor.inputs.map { $0.deadTime - (regressor.inputAtOutput ? 1 : 0) }
    let rowCount = trajectories.reduce(0) { $0 + $1.rowCount }
    self.init(
      outputs: n, inputs: m, history: regressor.warmUp, lengths: trajectories.map(\.rowCount),
      scratch: storage?.scratch(Self.byteCount(rowCount, outputs: n, inputs: m))
    ) { rows, stride in
      var start = 0
      for trajectory in trajectories {
        let (states, inputs) = (trajectory.states, trajectory.inputs)
        for row in 0..<trajectory.rowCount {
          for k in 0..<n {
            let value = states[row * n + k] - standardisation.inputMean[k]
            rows[start + k] = Float(value / standardisation.inputDeviation[k])
          }
          for k in 0..<m where (0..<trajectory.rowCount).contains(row - age[k]) {
            let value = inputs[(row - age[k]) * m + k] - standardisation.inputMean[n + k]
            rows[start + n + k] = Float(value / standardisation.inputDeviation[n + k])
          }
          start += stride
        }
      }
    }
  }
}
