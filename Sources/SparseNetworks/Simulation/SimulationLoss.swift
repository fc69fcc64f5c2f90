/// Training on the error of a simulation instead of that of one step: the network's own outputs are fed back over a horizon.
package struct SimulationLoss: Hashable, Sendable, Codable {
  /// Steps over which errors count; nil: each run from its first row to its last.
  package var horizon: Int?
  /// Steps before them in which the measured outputs are fed, so that hidden states settle; >= 0.
  package var washout: Int
  /// Share of the training over which the horizon grows to its length, in equal factors, from ``firstHorizon``; 0 to 1.
  package var growth: Double
  /// Longest gradient: a longer one is shortened to this norm; > 0.
  package var clipping: Double
  /// Whether each run's hidden states at its first row are trained; otherwise they start from zero. Only for whole runs.
  package var trainsInitialStates: Bool

  /// The horizon at the beginning of the training, if it grows.
  package static let firstHorizon = 8

  /// A loss of given values.
  package init(
    horizon: Int?, washout: Int, growth: Double, clipping: Double, trainsInitialStates: Bool
  ) {
    self.horizon = horizon
    self.washout = washout
    self.growth = growth
    self.clipping = clipping
    self.trainsInitialStates = trainsInitialStates
  }

  /// The horizon of a step of a training of `total` steps.
  func horizon(step: Int, of total: Int) -> Int? {
    guard let horizon, horizon > Self.firstHorizon, growth > 0 else { return horizon }
    // Doublings, not powers: every host gets the same.
    let doublings = Self.doublings(to: horizon)
    let progress = Double(step) / (growth * Double(total)) * Double(doublings)
    return progress >= Double(doublings) ? horizon : min(horizon, Self.firstHorizon << Int(progress))
  }

  private static func doublings(to horizon: Int) -> Int {
    var count = 0
    while firstHorizon << count < horizon { count += 1 }
    return count
  }
}
