import ReproducibleMath

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
      mass = (x[1] + x[2]) + x[3]
      aluminaFraction = x[1] / mass
      fluorideFraction = x[2] / mass
      temperature = x[5]
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
