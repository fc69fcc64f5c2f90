import TrajectoryData

/// The error of the rolling forecast of one test trajectory in one window.
///
/// In JSON an error that is not finite is null, and comes back as +∞.
package struct ForecastRecord: Equatable, Sendable {
  /// Index of the test trajectory, from 0.
  package var trajectory: Int
  /// The window of steps.
  package var window: ForecastWindow
  /// AN-RFMSE: mean over steps and states of ((x̂ − x)/σ)². Not finite if the forecast diverged.
  package var meanSquared: Double
  /// AN-RFMAE: mean over steps and states of |x̂ − x|/σ. Not finite if the forecast diverged.
  package var meanAbsolute: Double
  /// Whether the forecast blew up in the window: at some step the mean over states of |x̂ − x|/σ is above 3 or not
  /// finite.
  package var blewUp: Bool

  /// Makes an error record.
  package init(
    trajectory: Int, window: ForecastWindow, meanSquared: Double, meanAbsolute: Double, blewUp: Bool
  ) {
    self.trajectory = trajectory
    self.window = window
    self.meanSquared = meanSquared
    self.meanAbsolute = meanAbsolute
    self.blewUp = blewUp
  }
}

extension ForecastRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case trajectory, window, meanSquared, meanAbsolute, blewUp
  }

  /// Reads a record; errors that are null are +∞.
  package init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    trajectory = try object.decode(Int.self, forKey: .trajectory)
    window = try object.decode(ForecastWindow.self, forKey: .window)
    meanSquared = try object.decode(Double?.self, forKey: .meanSquared) ?? .infinity
    meanAbsolute = try object.decode(Double?.self, forKey: .meanAbsolute) ?? .infinity
    blewUp = try object.decode(Bool.self, forKey: .blewUp)
  }

  /// Writes a record; errors that are not finite are null.
  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: CodingKeys.self)
    try object.encode(trajectory, forKey: .trajectory)
    try object.encode(window, forKey: .window)
    try object.encodeFinite(meanSquared, forKey: .meanSquared)
    try object.encodeFinite(meanAbsolute, forKey: .meanAbsolute)
    try object.encode(blewUp, forKey: .blewUp)
  }
}
