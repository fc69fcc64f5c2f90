import ReproducibleMath

/// A tank with a free outlet, fed by a pump through a long pipe: what the pump delivers arrives 3 samples later.
///
/// A regressor that finds the truth has the present level and the pump's voltage of 3 samples ago, and nothing else. Torricelli's
/// law gives the outflow; the constants are this project's: a time constant of 16 to 94 s, as the level.
package struct DelayedTank: ContinuousSystem {
  package init() {}

  package var name: String { "delayed-tank" }
  package var summary: String {
    "a water tank with a free outlet, fed by a pump through a pipe with dead time"
  }
  package var source: String {
    "Åström & Hägglund (2006), Advanced PID Control, ISA, ISBN 978-1-55617-942-6 (tank and dead time; constants chosen "
      + "here)"
  }
  package var states: [Signal] { [Signal("level", "level of the tank", unit: "m")] }
  package var inputs: [Signal] { [Signal("pump", "pump voltage", unit: "V")] }
  package var parameters: [SystemParameter] {
    [
      SystemParameter("k1", K.outflow, unit: "m^0.5/s", "outflow of the tank"),
      SystemParameter("k2", K.inflow, unit: "m/(V.s)", "inflow by pump voltage"),
      SystemParameter("d", Double(K.deadTime), unit: "", "dead time of the pump, in samples"),
    ]
  }
  package var trueArguments: [[String]] { [["level", "pump"]] }
  package var inputDeadTimes: [Int] { [K.deadTime] }
  package var samplingTime: Double { 20 }
  package var integrationSteps: Int { 8 }

  package func derivative(_ x: [Double], _ u: [Double]) -> [Double] {
    [K.inflow * u[0] - K.outflow * max(0, x[0]).squareRoot()]
  }

  /// The level is not below the bottom.
  package func confined(_ x: [Double]) -> [Double] { x.map { $0.isNaN ? $0 : max($0, 0) } }

  /// Levels of 0.2 to 1.5 m, in steps of 0.1 m.
  package func initialState(_ stream: inout RandomStream) -> [Double] {
    [Double(stream.integer(in: 2...15)) / 10]
  }

  /// A pump voltage of 1 to 6 V, new in each sample: lags of a slow input are too much alike to tell which of them acts.
  package func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator {
    PumpVoltage(excitation: APRBS(streams.input(0), amplitudes: -250...250, holdTimes: 1...1))
  }

  private struct PumpVoltage: InputGenerator {
    var excitation: APRBS

    mutating func next(_ x: [Double]) -> [Double] { [3.5 + Double(excitation.next()) / 100] }
  }

  private enum K {
    static var outflow: Double { 0.032 }
    static var inflow: Double { 0.008 }
    static var deadTime: Int { 3 }
  }
}
