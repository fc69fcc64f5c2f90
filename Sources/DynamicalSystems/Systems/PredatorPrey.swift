import ReproducibleMath

/// Lotka and Volterra's predators and prey, both harvested with the same effort, as Volterra described fishing: a higher
/// effort moves the equilibrium, which is ((gamma + u)/delta, (alpha - u)/beta), towards more prey and fewer predators.
///
/// Without harvesting, delta x1 - gamma ln x1 + beta x2 - alpha ln x2 is constant along a trajectory. Populations and time
/// have been made dimensionless: a second of a file stands for the time in which a lone predator population
/// shrinks by the factor e.
package struct PredatorPrey: ContinuousSystem {
  package init() {}

  package var name: String { "predator-prey" }
  package var summary: String { "Lotka-Volterra populations with harvesting" }
  package var source: String {
    "Lotka (1925), Elements of Physical Biology; Volterra (1926), Fluctuations in the abundance of a species considered "
      + "mathematically, Nature 118, 558-560"
  }
  package var states: [Signal] {
    [Signal("x1", "prey", unit: ""), Signal("x2", "predators", unit: "")]
  }
  package var inputs: [Signal] { [Signal("u", "harvesting effort", unit: "1/s")] }
  package var parameters: [SystemParameter] {
    [
      SystemParameter("alpha", K.alpha, unit: "1/s", "growth of the prey"),
      SystemParameter("beta", K.beta, unit: "1/s", "prey eaten by a predator"),
      SystemParameter("gamma", K.gamma, unit: "1/s", "mortality of the predators"),
      SystemParameter("delta", K.delta, unit: "1/s", "growth of the predators by prey"),
    ]
  }
  package var trueArguments: [[String]] { [["x1", "x2", "u"], ["x1", "x2", "u"]] }
  package var samplingTime: Double { 0.1 }

  package func derivative(_ x: [Double], _ u: [Double]) -> [Double] {
    [x[0] * (K.alpha - K.beta * x[1] - u[0]), x[1] * (K.delta * x[0] - K.gamma - u[0])]
  }

  /// 0.50 to 1.50 prey and 0.25 to 0.75 predators, in hundredths: around the equilibrium (1, 0.5) without harvesting.
  package func initialState(_ stream: inout RandomStream) -> [Double] {
    [Double(stream.integer(in: 50...150)) / 100, Double(stream.integer(in: 25...75)) / 100]
  }

  /// No harvesting at first, then efforts of 0.00 to 0.20 per second, held for 10 to 50 samples.
  package func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator {
    Harvesting(effort: APRBS(streams.input(0), amplitudes: 0...20, holdTimes: 10...50))
  }

  private struct Harvesting: InputGenerator {
    var effort: APRBS

    mutating func next(_ x: [Double]) -> [Double] { [Double(effort.next()) / 100] }
  }

  private enum K {
    static var alpha: Double { 2.0 / 3 }
    static var beta: Double { 4.0 / 3 }
    static var gamma: Double { 1 }
    static var delta: Double { 1 }
  }
}
