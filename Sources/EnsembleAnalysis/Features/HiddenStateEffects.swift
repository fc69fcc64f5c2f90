import EnsembleStudies
import TrajectoryData

/// The effects of measured signals on the outputs through hidden states.
///
/// In one step a signal acts on the outputs directly; through hidden states it acts some steps later. So the derivatives that
/// features are judged by are those of the outputs after a signal was held at another value for ``steps`` steps: at each point
/// the network is linearised, with hidden states of 0, and
///
///     dh(j + 1) = (carry + gain J_hh) dh(j) + gain J_hu du,   dy = J_yu du + J_yh dh(steps).
package enum HiddenStateEffects {
  /// Steps for which a signal is held: the time in which a hidden state that the network leaves alone decays to a third.
  package static let steps = 20

  /// A caption's sentence about it.
  package static var sentence: String {
    "With hidden states, sensitivities are those after a signal was held for \(steps) steps, by way of the hidden states as "
      + "well, linearised at hidden states of 0."
  }

  /// Adds them to the derivatives [points x (outputs + hidden states) x columns] of a network's outputs; those of hidden
  /// states, and those by hidden states, stay. O(points x steps x hidden states² x columns).
  static func added(to jacobians: [Float], _ regressor: Regressor) -> [Float] {
    let (n, hidden, width) = (regressor.outputCount, regressor.hiddenStates, regressor.columns.count)
    guard hidden > 0, let first = regressor.columns.firstIndex(where: { $0.kind == .hidden }) else {
      return jacobians
    }
    let others = regressor.columns.indices.filter { regressor.columns[$0].kind != .hidden }
    var result = jacobians
    var effect = [Double](repeating: 0, count: hidden)
    for start in stride(from: 0, to: jacobians.count, by: (n + hidden) * width) {
      func slope(_ row: Int, _ column: Int) -> Double { Double(jacobians[start + row * width + column]) }
      for column in others {
        for k in 0..<hidden { effect[k] = 0 }
        for _ in 0..<steps {
          effect = (0..<hidden).map { k in
            let through = (0..<hidden).reduce(slope(n + k, column)) {
              $0 + slope(n + k, first + $1) * effect[$1]
            }
            return HiddenStates.carry * effect[k] + HiddenStates.gain * through
          }
        }
        for output in 0..<n {
          let sum = (0..<hidden).reduce(slope(output, column)) { $0 + slope(output, first + $1) * effect[$1] }
          result[start + output * width + column] = Float(sum)
        }
      }
    }
    return result
  }
}
