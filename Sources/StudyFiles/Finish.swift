import SparseNetworks

/// The finish: a second-order training under the fixed mask of the remaining weights, after all phases of Adam.
package struct Finish: Codable, Equatable, Sendable {
  /// Over how many steps the network is simulated.
  package enum Horizon: Codable, Equatable, Sendable {
    /// So many steps; 1 is the error of one step from measured rows.
    case steps(Int)
    /// Each run from its first row to its last.
    case whole
  }

  /// The method.
  package var method: SecondOrderSettings.Method
  /// Most iterations.
  package var iterations: Int
  /// Most iterations on one step's error before; only without hidden states.
  package var startIterations: Int
  /// The horizon; nil: that of the variant's loss.
  package var horizon: Horizon?
  /// Windows of a horizon that is a number, evenly spaced over all runs.
  package var windows: Int
  /// Samples of one step's error, evenly spaced over all runs.
  package var samples: Int
  /// Weight of the sum of the squared parameters.
  package var ridge: Double
  /// Relative gain of an iteration below which the training ends.
  package var tolerance: Double

  /// A finish of given values; the defaults are those of the study file.
  package init(
    method: SecondOrderSettings.Method = .automatic, iterations: Int = 100, startIterations: Int = 0,
    horizon: Horizon? = nil, windows: Int = 200, samples: Int = 10_000, ridge: Double = 1e-6,
    tolerance: Double = 1e-6
  ) {
    self.method = method
    self.iterations = iterations
    self.startIterations = startIterations
    self.horizon = horizon
    self.windows = windows
    self.samples = samples
    self.ridge = ridge
    self.tolerance = tolerance
  }
}

extension Variant {
  /// The horizon of its finish.
  package var finishHorizon: Finish.Horizon {
    finish?.horizon
      ?? (lossMethod == .oneStep ? .steps(1) : simulation.horizon.map { .steps($0) } ?? .whole)
  }

  /// Whether any phase simulates each run from its first row to its last.
  var simulatesWholeRuns: Bool {
    lossMethod == .simulation && simulation.horizon == nil || finish != nil && finishHorizon == .whole
  }
}
