import ReproducibleMath

/// The learning rate as a function of the step.
package enum LearningRate: Hashable, Sendable {
  /// The same at every step.
  case constant(Double)
  /// Half a cosine from the first step's rate to the rate after the last: to + (from - to) (1 + cos(pi t / T)) / 2
  /// at step t = 0 ..< T (Loshchilov & Hutter 2017, without restarts).
  case cosine(from: Double, to: Double)

  /// The rate at a step, counted from 0, of `steps` in all.
  package func rate(step: Int, of steps: Int) -> Double {
    switch self {
    case .constant(let rate): rate
    case .cosine(let from, let to):
      to + (from - to) * (0.5 * (1 + Reproducible.cosPi(Double(step) / Double(steps))))
    }
  }
}

extension LearningRate: Codable {
  /// The names of the schedules in files.
  package enum Schedule: String, Codable, CaseIterable, Sendable {
    /// The same at every step.
    case constant
    /// Half a cosine.
    case cosine
  }

  private enum CodingKeys: String, CodingKey { case schedule, from, to }

  /// Decodes {"schedule", "from", "to"}.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let from = try container.decode(Double.self, forKey: .from)
    switch try container.decode(Schedule.self, forKey: .schedule) {
    case .constant: self = .constant(from)
    case .cosine: self = .cosine(from: from, to: try container.decode(Double.self, forKey: .to))
    }
  }

  /// Encodes {"schedule", "from", "to"}; a constant rate has no "to".
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .constant(let rate):
      try container.encode(Schedule.constant, forKey: .schedule)
      try container.encode(rate, forKey: .from)
    case .cosine(let from, let to):
      try container.encode(Schedule.cosine, forKey: .schedule)
      try container.encode(from, forKey: .from)
      try container.encode(to, forKey: .to)
    }
  }
}
