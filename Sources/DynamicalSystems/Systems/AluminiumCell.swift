import ReproducibleMath
import TrajectoryData

/// The mass and energy balance of an aluminium electrolysis cell: eight states, five inputs.
///
/// The feeds and the tapping are controlled; current and anode-cathode distance are nominal plus an ``APRBS``; the feeds
/// have random impulses on top.
package struct AluminiumCell: ContinuousSystem {
  package init() {}

  package var name: String { "aluminium-cell" }
  package var summary: String { "aluminium electrolysis cell: mass and energy balance in closed loop" }
  package var source: String {
    "Lundby, Rasheed, Halvorsen & Gravdahl (2022), Sparse deep neural networks for modeling aluminum electrolysis "
      + "dynamics, arXiv 2209.05832; Robinson, Lundby, Rasheed & Gravdahl (2023), Deep learning assisted physics-based "
      + "modeling of aluminum extraction process, arXiv 2209.10861"
  }
  package var samplingTime: Double { 10 }

  package var states: [Signal] {
    [
      Signal("x1", "mass of side ledge", unit: "kg"),
      Signal("x2", "mass of alumina in the bath", unit: "kg"),
      Signal("x3", "mass of aluminium fluoride in the bath", unit: "kg"),
      Signal("x4", "mass of cryolite in the bath", unit: "kg"),
      Signal("x5", "mass of produced metal", unit: "kg"),
      Signal("x6", "bath temperature", unit: "degC"),
      Signal("x7", "side-ledge temperature", unit: "degC"),
      Signal("x8", "wall temperature", unit: "degC"),
    ]
  }

  package var inputs: [Signal] {
    [
      Signal("u1", "alumina feed", unit: "kg/s"),
      Signal("u2", "line current", unit: "A"),
      Signal("u3", "aluminium fluoride feed", unit: "kg/s"),
      Signal("u4", "metal tapping", unit: "kg/s"),
      Signal("u5", "anode-cathode distance", unit: "m"),
    ]
  }

  package var parameters: [SystemParameter] {
    [
      SystemParameter("k0", K.k0, unit: "m/kg", "ledge thickness by ledge mass"),
      SystemParameter("k1", K.k1, unit: "kg m/(s K)", "freezing by the temperature gradient in the ledge"),
      SystemParameter("k2", K.k2, unit: "kg/(s K)", "melting by superheat"),
      SystemParameter("k3", K.k3, unit: "kg/(s A)", "alumina consumed by the current"),
      SystemParameter("k4", K.k4, unit: "", "aluminium fluoride consumed by the alumina feed"),
      SystemParameter("k5", K.k5, unit: "", "cryolite formed by the alumina feed"),
      SystemParameter("k6", K.k6, unit: "kg/(s A)", "metal produced by the current"),
      SystemParameter("k7", K.k7, unit: "W/K2", "heat of the bath taken up by melting"),
      SystemParameter("k8", K.k8, unit: "W m/K2", "heat of the bath given off by freezing"),
      SystemParameter("k9", K.k9, unit: "m2", "area of the ledge"),
      SystemParameter("k10", K.k10, unit: "m2 K/W", "thermal resistance from bath to ledge"),
      SystemParameter("k11", K.k11, unit: "m K/W", "thermal resistance of half the ledge"),
      SystemParameter("k12", K.k12, unit: "W/K2", "heat of the ledge by melting"),
      SystemParameter("k13", K.k13, unit: "W m/K2", "heat of the ledge by freezing"),
      SystemParameter("k14", K.k14, unit: "m2 K/W", "thermal resistance of half the wall"),
      SystemParameter("k15", K.k15, unit: "m K/W", "thermal resistance of half the ledge"),
      SystemParameter("k17", K.k17, unit: "K/J", "inverse heat capacity of the wall"),
      SystemParameter("k19", K.k19, unit: "degC", "ambient temperature"),
      SystemParameter("k20", K.k20, unit: "m2 K/W", "thermal resistance from wall to air"),
      SystemParameter("alpha", K.alpha, unit: "kg K/J", "inverse specific heat of the bath"),
      SystemParameter("beta", K.beta, unit: "kg K/J", "inverse specific heat of the ledge"),
    ]
  }

  /// Robinson et al. (2023), equations of motion.
  package var trueArguments: [[String]] {
    let bath = ["x1", "x2", "x3", "x4", "x6", "x7"]
    return [
      bath, ["u1", "u2"], ["u1", "u3"], bath + ["u1"], ["u2", "u4"], bath + ["u2", "u5"], bath + ["x8"],
      ["x1", "x7", "x8"],
    ]
  }

  package var inputBalances: [String] { ["x2", "x3", "x5"] }

  package func derivative(_ x: [Double], _ u: [Double]) -> [Double] {
    Self.values(derivative(Self.states(x), Self.inputs(u)), 8)
  }

  /// One Runge-Kutta step, in registers.
  package func next(_ x: [Double], _ u: [Double], h: Double) -> [Double] {
    Self.values(rungeKuttaStep(Self.states(x), Self.inputs(u), h: h), 8)
  }

  /// The state after a time h (s) under a constant input; unused lanes are zero.
  package func rungeKuttaStep(_ x: SIMD8<Double>, _ u: SIMD8<Double>, h: Double) -> SIMD8<Double> {
    DynamicalSystems.rungeKuttaStep(x, h: h) { derivative($0, u) }
  }

  private static func states(_ x: [Double]) -> SIMD8<Double> {
    SIMD8(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
  }

  private static func inputs(_ u: [Double]) -> SIMD8<Double> { SIMD8(u[0], u[1], u[2], u[3], u[4], 0, 0, 0) }

  private static func values(_ lanes: SIMD8<Double>, _ count: Int) -> [Double] {
    (0..<count).map { lanes[$0] }
  }

  /// dx/dt (kg/s for the masses, K/s for the temperatures) of the state x1...x8 under the input u1...u5.
  package func derivative(_ x: SIMD8<Double>, _ u: SIMD8<Double>) -> SIMD8<Double> {
    let bath = Bath(x)
    let ledgeTemperature = x[6]
    let wallTemperature = x[7]
    let liquidus = bath.liquidusTemperature
    let superheat = bath.temperature - liquidus
    let ledgeDrop = liquidus - ledgeTemperature
    let r = K.k0 * x[0]
    let rise = ledgeDrop / r

    let freezing = K.k1 * rise - K.k2 * superheat
    let ohmicHeat = u[1] * bath.cellVoltage(current: u[1], distance: u[4])
    let bathLoss = K.k9 * (bath.temperature - ledgeTemperature) / (K.k10 + K.k11 * r)
    let bathPhase = K.k7 * (superheat * superheat) - K.k8 * superheat * rise
    let ledgeGain = K.k9 * ledgeDrop / (K.k15 * r)
    let ledgeLoss = K.k9 * (ledgeTemperature - wallTemperature) / (K.k14 + K.k15 * r)
    let ledgePhase = K.k12 * superheat * ledgeDrop - K.k13 * ledgeDrop * rise
    let wallLoss = K.k9 * (wallTemperature - K.k19) / (K.k14 + K.k20)

    return SIMD8(
      freezing,
      u[0] - K.k3 * u[1],
      u[2] - K.k4 * u[0],
      K.k5 * u[0] - freezing,
      K.k6 * u[1] - u[3],
      K.alpha / bath.mass * ((ohmicHeat - bathLoss) - bathPhase),
      K.beta / x[0] * ((ledgeGain - ledgeLoss) - ledgePhase),
      K.k17 * (ledgeLoss - wallLoss))
  }

  /// The constants k0 ... k20, alpha and beta of the equations of motion.
  private enum K {
    static var ledgeConductivity: Double { 2.5 }
    static var wallConductivity: Double { 6.5 }
    static var wallThickness: Double { 0.1 }
    static var bathToLedge: Double { 1200 }
    static var wallToAir: Double { 25 }
    static var ledgeArea: Double { 17.92 }
    static var heatOfFusion: Double { 119_495 }
    static var liquidHeat: Double { 1881 }
    static var solidHeat: Double { 1320 }

    static var k0: Double { 2e-5 }
    static var k1: Double { 2 * ledgeConductivity * ledgeArea / heatOfFusion }
    static var k2: Double { bathToLedge * ledgeArea / heatOfFusion }
    static var k3: Double { 1.7e-7 }
    static var k4: Double { 0.02 }
    static var k5: Double { 0.03 }
    static var k6: Double { 4.43e-8 }
    static var k7: Double { liquidHeat * k2 }
    static var k8: Double { liquidHeat * k1 }
    static var k9: Double { ledgeArea }
    static var k10: Double { 1 / bathToLedge }
    static var k11: Double { 1 / (2 * ledgeConductivity) }
    static var k12: Double { solidHeat * k2 }
    static var k13: Double { solidHeat * k1 }
    static var k14: Double { wallThickness / (2 * wallConductivity) }
    static var k15: Double { 1 / (2 * ledgeConductivity) }
    static var k17: Double { 6e-7 }
    static var k19: Double { 35 }
    static var k20: Double { 1 / wallToAir }
    static var alpha: Double { 5.66e-4 }
    static var beta: Double { 7.58e-4 }
  }
}

extension AluminiumCell {
  /// The molten bath of a cell: its composition, and what follows from it.
  package struct Bath: Sendable {
    /// Mass of the bath, x2 + x3 + x4 (kg).
    package let mass: Double
    /// Mass fraction of alumina, c2.
    package let aluminaFraction: Double
    /// Mass fraction of aluminium fluoride, c3.
    package let fluorideFraction: Double
    /// Temperature, x6 (degC).
    package let temperature: Double

    /// The bath of a cell in the state x1...x8.
    package init(_ x: SIMD8<Double>) {
      self.init(alumina: x[1], fluoride: x[2], cryolite: x[3], temperature: x[5])
    }

    /// The bath of a cell in the state x1...x8.
    package init(_ x: [Double]) {
      self.init(alumina: x[1], fluoride: x[2], cryolite: x[3], temperature: x[5])
    }

    /// A bath of three masses (kg) at a temperature (degC).
    private init(alumina: Double, fluoride: Double, cryolite: Double, temperature: Double) {
      mass = (alumina + fluoride) + cryolite
      aluminaFraction = alumina / mass
      fluorideFraction = fluoride / mass
      self.temperature = temperature
    }

    /// Liquidus temperature g1 (degC); not a number for a negative fluoride fraction.
    package var liquidusTemperature: Double {
      let alumina = 100 * aluminaFraction
      let fluoride = 100 * fluorideFraction
      let denominator = (1 + 0.0936 * fluoride) - 0.0017 * (fluoride * fluoride) - 0.0023 * fluoride * alumina
      let powers =
        0.061 * (fluoride * fluoride.squareRoot()) - 0.13 * Reproducible.pow(fluoride, 2.2)
      return ((991.2 + 1.12 * fluoride) + powers) - 7.93 * alumina / denominator
    }

    /// Bath conductivity g2 (S/cm).
    package var conductivity: Double {
      Reproducible.exp(2.496 - 2068.4 / (273 + temperature) - 2.07 * aluminaFraction)
    }

    /// Bubble coverage g3, the covered fraction of the anode, at a line current (A).
    package func bubbleCoverage(current: Double) -> Double {
      let excess = 100 * aluminaFraction - 2.2
      let byCurrent = current * (6.958e-7 + current * (3.06e-18 * current - 2.51e-12))
      return (0.531 + byCurrent) + (0.431 - 0.1437 * excess) / (1 + 7.353 * excess)
    }

    /// Bubble thickness g4 (cm) at a line current (A).
    package func bubbleThickness(current: Double) -> Double {
      (0.5517 + 3.8168e-6 * current) / (1 + 8.271e-6 * current)
    }

    /// Bubble voltage drop g5 (V) at a line current (A).
    package func bubbleVoltageDrop(current: Double) -> Double {
      bubbleVoltageDrop(current: current, conductivity: conductivity)
    }

    /// Cell voltage (V) at a line current (A) and an anode-cathode distance (m).
    package func cellVoltage(current: Double, distance: Double) -> Double {
      let conductivity = conductivity
      return bubbleVoltageDrop(current: current, conductivity: conductivity)
        + current * distance / (2620 * conductivity)
    }

    private func bubbleVoltageDrop(current: Double, conductivity: Double) -> Double {
      let coverage = bubbleCoverage(current: current)
      return 3.8168e-6 * coverage * bubbleThickness(current: current) * current
        / (conductivity * (1 - coverage))
    }
  }
}

extension AluminiumCell {
  /// The controllers of the feeds and the tapping. Each acts on the state at the start of a sample and holds for the
  /// sampling time; below a least batch it waits, above a greatest one it is saturated.
  package struct Controllers: Sendable {
    /// The sampling time h (s).
    package let samplingTime: Double

    /// Controllers for a sampling time (s).
    package init(samplingTime: Double) {
      self.samplingTime = samplingTime
    }

    /// Alumina feed (kg/s): towards a mass fraction of 0.023, batches of 140 to 220 kg.
    package func aluminaFeed(_ bath: Bath) -> Double {
      batch(30000 * (0.023 - bath.aluminaFraction), least: 140, greatest: 220)
    }

    /// Aluminium fluoride feed (kg/s): towards a mass fraction of 0.105, batches of 20 to 80 kg.
    package func fluorideFeed(_ bath: Bath) -> Double {
      batch(13000 * (0.105 - bath.fluorideFraction), least: 20, greatest: 80)
    }

    /// Metal tapping (kg/s) at a metal mass x5 (kg): down to 10,000 kg, batches of 20 to 90 kg.
    package func metalTap(metalMass: Double) -> Double {
      batch(300 * (metalMass - 10000), least: 20, greatest: 90)
    }

    private func batch(_ rate: Double, least: Double, greatest: Double) -> Double {
      rate < least / samplingTime ? 0 : min(rate, greatest / samplingTime)
    }
  }
}

/// The inputs of a simulated cell: controllers plus random excitation.
private struct CellInputs: InputGenerator {
  private let controllers: AluminiumCell.Controllers
  private var current: APRBS
  private var distance: APRBS
  private var aluminaImpulse: ImpulseSequence
  private var fluorideImpulse: ImpulseSequence

  init(_ streams: ExcitationStreams, samplingTime: Double) {
    controllers = AluminiumCell.Controllers(samplingTime: samplingTime)
    self.current = APRBS(streams.stream(.current), amplitudes: -22000...15000, holdTimes: 100...1100)
    self.distance = APRBS(streams.stream(.distance), amplitudes: -70...70, holdTimes: 100...1100)
    aluminaImpulse = ImpulseSequence(
      streams.stream(.aluminaImpulse), heights: 100...2000, firstTimes: 100...1100, intervals: 500...2000)
    fluorideImpulse = ImpulseSequence(
      streams.stream(.fluorideImpulse), heights: 100...1000, firstTimes: 100...1100, intervals: 1000...3000)
  }

  /// The input u1...u5 of the next sample, in which the cell is in the state x.
  mutating func next(_ x: [Double]) -> [Double] {
    let bath = AluminiumCell.Bath(x)
    return [
      controllers.aluminaFeed(bath) + Double(aluminaImpulse.next()) / 100,
      140_000 + Double(current.next()),
      controllers.fluorideFeed(bath) + Double(fluorideImpulse.next()) / 100,
      controllers.metalTap(metalMass: x[4]),
      0.05 + Double(distance.next()) / 10_000,
    ]
  }
}

extension AluminiumCell {
  package func inputGenerator(_ streams: ExcitationStreams, h: Double) -> any InputGenerator {
    CellInputs(streams, samplingTime: h)
  }

  /// A random initial state: whole numbers, uniform within the ranges of the published simulator, drawn in the order ledge
  /// mass, alumina percent, fluoride percent, cryolite mass, metal mass, bath, ledge and wall temperature. The
  /// masses of alumina and fluoride follow from their percentages of the bath.
  package func initialState(_ stream: inout RandomStream) -> [Double] {
    let ledge = Double(stream.integer(in: 2060...4460))
    let alumina = Double(stream.integer(in: 2...5)) / 100
    let fluoride = Double(stream.integer(in: 9...13)) / 100
    let cryolite = Double(stream.integer(in: 11500...16000))
    let metal = Double(stream.integer(in: 9750...10000))
    let bathTemperature = Double(stream.integer(in: 960...990))
    let ledgeTemperature = Double(stream.integer(in: 790...850))
    let wallTemperature = Double(stream.integer(in: 555...610))
    let bath = cryolite / (1 - alumina - fluoride)
    return [
      ledge, alumina * bath, fluoride * bath, cryolite, metal, bathTemperature, ledgeTemperature,
      wallTemperature,
    ]
  }
}

extension AluminiumCell {
  package var publishedForecastsNote: String {
    "read off the figures of Robinson, Lundby, Rasheed & Gravdahl (2023): 40 training trajectories, 10 members, "
      + "100 test trajectories"
  }

  package var publishedForecasts: [PublishedForecasts] {
    let early = ForecastWindow(from: 0, to: 100)
    let middle = ForecastWindow(from: 100, to: 2500)
    let late = ForecastWindow(from: 2500, to: 5000)
    func model(_ name: String, errors: (Double, Double, Double), blowUps: (Int, Int)) -> PublishedForecasts {
      PublishedForecasts(
        model: name, medianError: [early: errors.0, middle: errors.1, late: errors.2],
        blowUps: [middle: blowUps.0, late: blowUps.1], forecasts: 1000)
    }
    return [
      model("dense", errors: (0.02, 0.1, 0.25), blowUps: (120, 275)),
      model("sparse (l1)", errors: (0.012, 0.09, 0.27), blowUps: (11, 90)),
      model("physics + dense", errors: (0.005, 0.028, 0.05), blowUps: (9, 52)),
      model("physics + sparse", errors: (0.006, 0.027, 0.06), blowUps: (0, 34)),
    ]
  }
}
