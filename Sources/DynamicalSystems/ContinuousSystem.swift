/// A state or an input of a dynamical system.
package struct Signal: Sendable, Hashable {
  /// The symbol, also the name of its column in a file: `x1`.
  package let name: String
  /// What it is, in words.
  package let meaning: String
  /// The unit, in SI symbols; empty for a plain number.
  package let unit: String

  /// A signal.
  package init(_ name: String, _ meaning: String, unit: String) {
    self.name = name
    self.meaning = meaning
    self.unit = unit
  }
}

/// A system dx/dt = f(x, u) with at most eight states and eight inputs. Unused lanes are zero.
package protocol ContinuousSystem: Sendable {
  /// The name, for people.
  var name: String { get }
  /// The states, in the order of the lanes; 1 to 8.
  var states: [Signal] { get }
  /// The inputs, in the order of the lanes; 0 to 8.
  var inputs: [Signal] { get }

  /// f(x, u), per second; not finite where the equations are not defined.
  func derivative(_ x: SIMD8<Double>, _ u: SIMD8<Double>) -> SIMD8<Double>
}

extension ContinuousSystem {
  /// The state after a time h (s) under a constant input: one step of the classical Runge-Kutta method of fourth
  /// order, x + h/6 (k1 + 2 k2 + 2 k3 + k4). Four evaluations of the derivative.
  package func rungeKuttaStep(_ x: SIMD8<Double>, _ u: SIMD8<Double>, h: Double) -> SIMD8<Double> {
    let k1 = derivative(x, u)
    let k2 = derivative(x + k1 * (h / 2), u)
    let k3 = derivative(x + k2 * (h / 2), u)
    let k4 = derivative(x + k3 * h, u)
    return x + ((k1 + k4) + (k2 + k3) * 2) * (h / 6)
  }
}
