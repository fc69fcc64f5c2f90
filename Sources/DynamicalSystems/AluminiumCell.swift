import ReproducibleMath

/// The mass and energy balance of an aluminium electrolysis cell: eight states, five inputs.
///
/// Derivatives are the same bits on every host (see ``Reproducible``).
///
/// Source: Lundby, Rasheed, Halvorsen, Gravdahl, "Sparse deep neural networks for modeling aluminum electrolysis
/// dynamics" (2022); Robinson, Lundby, Rasheed, Gravdahl, "Deep learning assisted physics-based modeling of
/// aluminum extraction process" (2023).
package struct AluminiumCell: ContinuousSystem {
  /// The cell has no parameters: its constants are those of the papers.
  package init() {}

  /// "aluminium electrolysis cell"
  package var name: String { "aluminium electrolysis cell" }

  /// x1 to x8.
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

  /// u1 to u5.
  package var inputs: [Signal] {
    [
      Signal("u1", "alumina feed", unit: "kg/s"),
      Signal("u2", "line current", unit: "A"),
      Signal("u3", "aluminium fluoride feed", unit: "kg/s"),
      Signal("u4", "metal tapping", unit: "kg/s"),
      Signal("u5", "anode-cathode distance", unit: "m"),
    ]
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
