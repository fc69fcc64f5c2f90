import ReproducibleMath

/// Two tanks one above the other with free outlets, fed by a pump: water flows from the upper into the lower tank and from
/// there back into the reservoir. At the brim, a level of 10 V, the upper tank overflows: a part of the surplus
/// falls into the lower tank, the rest into the reservoir, as does the surplus of the lower tank.
///
/// The benchmark gives the equations below the brim, describes the overflow in words, and has no values for the
/// constants. The constants here are this project's: time constants of one to two minutes, and an overflow of the upper
/// tank at pump voltages above 3.95 V. The benchmark measures the lower level alone; here both are written.
package struct CascadedTanks: ContinuousSystem {
  package init() {}

  package var name: String { "cascaded-tanks" }
  package var summary: String { "two cascaded water tanks with overflow and one pump" }
  package var source: String {
    "Schoukens, Mattsson, Wigren & Noël (2016), Cascaded tanks benchmark combining soft and hard nonlinearities, "
      + "Workshop on Nonlinear System Identification Benchmarks, doi 10.4121/12960104 (equations; constants chosen here)"
  }
  package var states: [Signal] {
    [Signal("x1", "level of the upper tank", unit: "V"), Signal("x2", "level of the lower tank", unit: "V")]
  }
  package var inputs: [Signal] { [Signal("u", "pump voltage", unit: "V")] }
  package var parameters: [SystemParameter] {
    [
      SystemParameter("k1", K.k1, unit: "V^0.5/s", "outflow of the upper tank"),
      SystemParameter("k2", K.k2, unit: "V^0.5/s", "inflow of the lower tank from the upper one"),
      SystemParameter("k3", K.k3, unit: "V^0.5/s", "outflow of the lower tank"),
      SystemParameter("k4", K.k4, unit: "1/s", "inflow by pump voltage"),
      SystemParameter(
        "k5", K.k5, unit: "", "part of the upper tank's overflow that falls into the lower tank"),
      SystemParameter("brim", K.brim, unit: "V", "level at which a tank overflows"),
    ]
  }
  /// By way of the overflow, the pump acts on the lower tank as well.
  package var trueArguments: [[String]] { [["x1", "u"], ["x1", "x2", "u"]] }
  package var samplingTime: Double { 4 }
  package var integrationSteps: Int { 8 }

  package func derivative(_ x: [Double], _ u: [Double]) -> [Double] {
    let (upper, lower) = (max(0, x[0]).squareRoot(), max(0, x[1]).squareRoot())
    let surplus = K.k4 * u[0] - K.k1 * upper
    let overflow = x[0] >= K.brim ? max(0, surplus) : 0
    let filling = K.k2 * upper - K.k3 * lower + K.k5 * overflow
    return [surplus - overflow, x[1] >= K.brim ? min(0, filling) : filling]
  }

  /// No level is below the bottom or above the brim.
  package func confined(_ x: [Double]) -> [Double] { x.map { $0.isNaN ? $0 : min(max($0, 0), K.brim) } }

  /// Levels of 1.0 to 9.0 V, in steps of 0.1 V.
  package func initialState(_ stream: inout RandomStream) -> [Double] {
    (0..<2).map { _ in Double(stream.integer(in: 10...90)) / 10 }
  }

  /// A pump voltage of 0.5 to 6.5 V, held for 10 to 60 samples (40 s to 4 min).
  package func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator {
    PumpVoltage(excitation: APRBS(streams.input(0), amplitudes: -250...350, holdTimes: 10...60))
  }

  private struct PumpVoltage: InputGenerator {
    var excitation: APRBS

    mutating func next(_ x: [Double]) -> [Double] { [3 + Double(excitation.next()) / 100] }
  }

  private enum K {
    static var k1: Double { 0.05 }
    static var k2: Double { 0.05 }
    static var k3: Double { 0.052 }
    static var k4: Double { 0.04 }
    static var k5: Double { 0.6 }
    static var brim: Double { 10 }
  }
}
