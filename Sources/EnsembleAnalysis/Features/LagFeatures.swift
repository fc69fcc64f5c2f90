import EnsembleStudies
import TrajectoryData

/// Which lags of the signals the members of a variant have learned for which output.
package struct LagFeatures: Sendable {
  /// Names of the network's inputs: "level[t-2]".
  package let columns: [String]
  /// The name of each one's signal.
  package let signals: [String]
  /// Members in which a column reaches an output through the weights left: [outputs][columns].
  package let reachFrequency: [[Proportion]]
  /// Median over members of the root-mean-square sensitivity: [outputs][columns].
  package let sensitivity: [[Double]]
  /// Sensitivity over the member's own one-step error of the output, reached by nine of ten members: [outputs][columns].
  package let overError: [[Double]]
  /// The columns that the ensemble as a whole has found, by the report's rule.
  package let consensus: ConsensusFeatures
  /// Whether a column is the lag of a true argument: the present state, or the input after its dead time. Empty if the truth is
  /// unknown.
  package let truth: [[Bool]]
  /// Members whose reachable columns are exactly the true ones, for each output; empty if the truth is unknown.
  package let exact: [Proportion]

  /// Of members with a regressor.
  ///
  /// - Parameters:
  ///   - regressor: the regressor.
  ///   - names: names of its columns.
  ///   - signals: names of its outputs, hidden states and inputs.
  ///   - reached: [members][outputs][columns], reachability.
  ///   - sensitivities: of all members, by column.
  ///   - truth: the equations, if they are known.
  init(
    _ regressor: Regressor, names: [String], signals: [String], reached: [[[Bool]]],
    _ sensitivities: Sensitivities,
    truth: SystemTruth?
  ) {
    let (outputs, count) = (sensitivities.outputs, sensitivities.inputs)
    columns = names
    self.signals = regressor.signalOfColumn.map { signals[$0] }
    reachFrequency = (0..<outputs).map { output in
      (0..<count).map { column in
        Proportion(reached.count { $0[output][column] }, of: reached.count)
      }
    }
    sensitivity = (0..<outputs).map { output in
      (0..<count).map { column in
        Quantiles.median(of: sensitivities.byMember.map { $0[output * count + column] }) ?? 0
      }
    }
    let cells = sensitivities.overError
    overError = (0..<outputs).map { Array(cells[$0 * count..<($0 + 1) * count]) }
    consensus = ConsensusFeatures(ConsensusRule.primary, sensitivities, reached: reached)
    let trueColumns = truth.map { $0.columns(of: regressor) } ?? []
    self.truth = trueColumns
    exact = trueColumns.enumerated().map { output, row in
      Proportion(reached.count { $0[output] == row }, of: reached.count)
    }
  }
}

extension SystemTruth {
  /// Whether a column (second index) of a regressor is a true argument of an output (first index): the present value of a state,
  /// or an input after its dead time.
  func columns(of regressor: Regressor) -> [[Bool]] {
    arguments.map { row in
      regressor.columns.map { column in
        switch column.kind {
        case .output: column.lag == 0 && row[column.index]
        case .hidden: false
        case .input:
          column.lag == system.inputDeadTimes[column.index] && row[regressor.outputCount + column.index]
        }
      }
    }
  }
}
