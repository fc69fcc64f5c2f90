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
