import ReproducibleMath
import TrajectoryData

/// A state or an input of a simulated system.
package struct Signal: Sendable, Hashable, Encodable {
  /// The symbol, also the name of its column in a file: `x1`.
  package let name: String
  /// The quantity in words: `bath temperature`.
  package let meaning: String
  /// The unit in SI symbols, `degC` for degrees Celsius; empty for a plain number.
  package let unit: String

  /// A signal.
  package init(_ name: String, _ meaning: String, unit: String) {
    self.name = name
    self.meaning = meaning
    self.unit = unit
  }
}

/// A constant of a system's equations.
package struct SystemParameter: Sendable, Hashable, Encodable {
  /// The symbol in the equations: `k1`.
  package let name: String
  /// The value, in `unit`.
  package let value: Double
  /// The unit in SI symbols; empty for a plain number.
  package let unit: String
  /// The quantity in words.
  package let meaning: String

  /// A parameter.
  package init(_ name: String, _ value: Double, unit: String, _ meaning: String) {
    self.name = name
    self.value = value
    self.unit = unit
    self.meaning = meaning
  }
}

/// Forecasts of a model in the literature, drawn beside those of a study.
package struct PublishedForecasts: Sendable, Equatable {
  /// The model: `dense`.
  package let model: String
  /// The median of the mean absolute normalised error (AN-RFMAE) of the forecasts that did not blow up, by window.
  package let medianError: [ForecastWindow: Double]
  /// Forecasts that blew up, by window.
  package let blowUps: [ForecastWindow: Int]
  /// The number of forecasts of which the blow-ups are counted.
  package let forecasts: Int
}

/// A system that can be simulated: all that the simulation, the analysis and the report know of it.
///
/// Systems conform by one of two routes: a differential equation by ``ContinuousSystem``, which is integrated; a discrete map
/// by ``next(_:_:h:)`` itself. Adding a system takes a type in a file of its own and a line in ``SimulatedSystems/all``.
/// Equations use arithmetic, square roots and `Reproducible`, never the C library's functions, so that trajectories are
/// the same bits on every host.
package protocol SimulatedSystem: Sendable {
  /// The name in study files and on the command line: `cascaded-tanks`.
  var name: String { get }
  /// A line that introduces the system.
  var summary: String { get }
  /// Where equations and constants were published.
  var source: String { get }
  /// The n states, in the order of `x`.
  var states: [Signal] { get }
  /// The m inputs, in the order of `u`; perhaps none.
  var inputs: [Signal] { get }
  /// The constants of the equations; by default none are listed.
  var parameters: [SystemParameter] { get }
  /// For each state, the names of the states and inputs on which its equation depends.
  var trueArguments: [[String]] { get }
  /// The states whose equation is a balance of inputs alone; by default none.
  var inputBalances: [String] { get }
  /// The sampling time h (s) of trajectories.
  var samplingTime: Double { get }
  /// The standard deviation of the measurement noise of each state, in its unit; by default 0.
  var measurementNoise: [Double] { get }
  /// The dead time of each input in samples: what acts at sample i is the input of sample i - d, before sample d that of
  /// sample 0; by default 0.
  var inputDeadTimes: [Int] { get }
  /// What was published about forecasts of this system; by default nothing.
  var publishedForecasts: [PublishedForecasts] { get }
  /// The paper of ``publishedForecasts`` and its circumstances.
  var publishedForecastsNote: String { get }

  /// A random initial state, n values.
  func initialState(_ stream: inout RandomStream) -> [Double]

  /// The inputs of one trajectory: excitation, and control of the state where the system has controllers.
  ///
  /// - Parameters:
  ///   - streams: the random numbers of this trajectory.
  ///   - h: the sampling time (s).
  func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator

  /// The state at the next sample, a time h (s) later, under a constant input; not finite where the equations are not
  /// defined.
  func next(_ x: [Double], _ u: [Double], h: Double) -> [Double]
}

extension SimulatedSystem {
  package var parameters: [SystemParameter] { [] }
  package var inputBalances: [String] { [] }
  package var measurementNoise: [Double] { .init(repeating: 0, count: states.count) }
  package var inputDeadTimes: [Int] { .init(repeating: 0, count: inputs.count) }
  package var publishedForecasts: [PublishedForecasts] { [] }
  package var publishedForecastsNote: String { "" }
}

/// A system dx/dt = f(x, u).
package protocol ContinuousSystem: SimulatedSystem {
  /// Runge-Kutta steps in a sampling time; by default 1.
  var integrationSteps: Int { get }

  /// f(x, u), per second; not finite where the equations are not defined.
  func derivative(_ x: [Double], _ u: [Double]) -> [Double]

  /// A state after an integration step, brought back to its physical bounds, such as the brim of a tank; by default as
  /// it was integrated.
  func confined(_ x: [Double]) -> [Double]
}

extension ContinuousSystem {
  package var integrationSteps: Int { 1 }

  package func confined(_ x: [Double]) -> [Double] { x }

  /// ``integrationSteps`` classical Runge-Kutta steps, 4 evaluations of the derivative each.
  package func next(_ x: [Double], _ u: [Double], h: Double) -> [Double] {
    var state = x
    let step = h / Double(integrationSteps)
    for _ in 0..<integrationSteps {
      state = confined(rungeKuttaStep(state, h: step) { derivative($0, u) })
    }
    return state
  }
}

/// The state after a time h (s): one step of the classical Runge-Kutta method of fourth order,
/// x + h/6 (k1 + 2 k2 + 2 k3 + k4).
func rungeKuttaStep<State: StateVector>(_ x: State, h: Double, _ derivative: (State) -> State) -> State {
  let k1 = derivative(x)
  let k2 = derivative(x.adding(k1, times: h / 2))
  let k3 = derivative(x.adding(k2, times: h / 2))
  let k4 = derivative(x.adding(k3, times: h))
  return x.adding(k1.adding(k4, times: 1).adding(k2.adding(k3, times: 1), times: 2), times: h / 6)
}

/// The arithmetic of an integration step. Conforming types give the same bits: no fused operations.
protocol StateVector {
  /// self + factor · other
  func adding(_ other: Self, times factor: Double) -> Self
}

extension [Double]: StateVector {
  func adding(_ other: Self, times factor: Double) -> Self {
    var sum = self
    for index in sum.indices { sum[index] += other[index] * factor }
    return sum
  }
}

extension SIMD8<Double>: StateVector {
  func adding(_ other: Self, times factor: Double) -> Self { self + other * factor }
}
