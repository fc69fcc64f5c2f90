import SparseNetworks

/// The error that a training makes small.
package enum LossMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// That of the next row, predicted from measured ones.
  case oneStep
  /// That of a simulation over a horizon, in which the network's own outputs are fed back.
  case simulation
}

/// The loss of a single training phase, where it isn't the variant's.
package struct PhaseLoss: Codable, Equatable, Sendable {
  /// Whose error is made small.
  package var method: LossMethod
  /// With the next row's error: over how many steps, and in which form.
  package var oneStep: OneStepLoss
  /// With the simulation's error: over which horizon, and how; its start is not used.
  package var simulation: SimulationTraining

  /// Makes one; the defaults are those of the study file.
  package init(
    method: LossMethod = .oneStep, oneStep: OneStepLoss = OneStepLoss(),
    simulation: SimulationTraining = SimulationTraining()
  ) {
    (self.method, self.oneStep, self.simulation) = (method, oneStep, simulation)
  }
}

/// How hidden states start.
package enum InitialState: String, Codable, Hashable, Sendable, CaseIterable {
  /// From zero; they settle while measured outputs are fed.
  case washout
  /// From values that are trained for each run, and in a forecast are estimated from the first rows.
  case estimated
}

/// How a variant is trained on simulations.
package struct SimulationTraining: Codable, Equatable, Sendable {
  /// Steps over which errors count; nil: each run from its first row to its last.
  package var horizon: Int?
  /// Share of the training over which the horizon grows to its length.
  package var growth: Double
  /// Norm to which a longer gradient is shortened.
  package var clipping: Double
  /// Steps of training on one step's error before; only without hidden states.
  package var startSteps: Int

  /// Makes one; the defaults are those of the study file.
  package init(horizon: Int? = 60, growth: Double = 0.5, clipping: Double = 1, startSteps: Int = 1000) {
    self.horizon = horizon
    self.growth = growth
    self.clipping = clipping
    self.startSteps = startSteps
  }
}
