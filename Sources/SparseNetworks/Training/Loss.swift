import TrainingKernels

/// The loss of an output's error, in standardised units; a batch's loss is its mean over samples and outputs.
///
/// A new one needs a case here, with its row in each member below, and its code in `loss.h` of the kernels.
package enum Loss: Hashable, Sendable {
  /// error².
  case squared
  /// error² up to |error| = delta, beyond it delta (2 |error| - delta): outliers pull with a constant force.
  ///
  /// Twice Huber's own ("Robust estimation of a location parameter", 1964), so that it is the squared error for a large
  /// delta, and a learning rate or l1 weight means the same for both.
  case huber(delta: Double)

  /// Delta unless a study gives one: 1, a standard deviation of the target. A prediction that is farther off is worse than
  /// the target's mean, which tells more of the sample than of the network.
  package static let defaultDelta = 1.0

  /// The loss of an error.
  package func value(_ error: Double) -> Double {
    switch self {
    case .squared: return error * error
    case .huber(let delta):
      let clamped = min(max(error, -delta), delta)
      return clamped * (2 * error - clamped)
    }
  }

  /// The kernels' description of it.
  var kernelLoss: potline_loss {
    switch self {
    case .squared: potline_loss(kind: POTLINE_LOSS_SQUARED, threshold: 0)
    case .huber(let delta): potline_loss(kind: POTLINE_LOSS_HUBER, threshold: Float(delta))
    }
  }
}

extension Loss: Codable {
  /// The names of the losses in files.
  package enum Kind: String, Codable, CaseIterable, Sendable {
    /// The squared error.
    case squared
    /// The Huber loss.
    case huber

    /// "mean squared error"
    package var meanName: String {
      switch self {
      case .squared: "mean squared error"
      case .huber: "mean Huber loss"
      }
    }
  }

  /// Its name in files; a new Huber loss has the default delta.
  package var kind: Kind {
    get {
      switch self {
      case .squared: .squared
      case .huber: .huber
      }
    }
    set {
      switch newValue {
      case .squared: self = .squared
      case .huber: self = .huber(delta: delta ?? Self.defaultDelta)
      }
    }
  }

  /// The Huber loss's delta; nil, and left so, for the squared error.
  package var delta: Double? {
    get { if case .huber(let delta) = self { delta } else { nil } }
    set { if case .huber = self, let newValue { self = .huber(delta: newValue) } }
  }

  private enum CodingKeys: String, CodingKey { case error, delta }

  /// Decodes {"error", "delta"}. Throws a `DecodingError` for a delta that isn't above 0.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Kind.self, forKey: .error) {
    case .squared: self = .squared
    case .huber:
      let delta = try container.decode(Double.self, forKey: .delta)
      // The kernels take it in float32.
      guard Float(delta) > 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .delta, in: container, debugDescription: "\(delta) is not above 0")
      }
      self = .huber(delta: delta)
    }
  }

  /// Encodes {"error", "delta"}; the squared error has no "delta".
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .error)
    if case .huber(let delta) = self { try container.encode(delta, forKey: .delta) }
  }
}
