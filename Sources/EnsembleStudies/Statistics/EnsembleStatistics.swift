import DynamicalSystems

/// What the members of a study say together.
///
/// The same records give the same statistics, in whatever order they came.
public struct EnsembleStatistics: Codable, Equatable, Sendable {
  /// Name of the study.
  public var study: String
  /// Names of the network's outputs, which are the rows of feature tables.
  public var outputs: [String]
  /// Names of the network's inputs, which are the columns of feature tables.
  public var inputs: [String]
  /// One entry for each variant, in the order of the study.
  public var variants: [VariantStatistics]
  /// The penalty paths and what was chosen on them; nil if the study has none.
  public var penaltyPaths: [PathStatistics]?
}

/// What the members of one variant say together.
public struct VariantStatistics: Codable, Equatable, Sendable {
  /// Name of the variant.
  public var variant: String
  /// Number of members with a network.
  public var finished: Int
  /// Members without one, in the order of their index.
  public var failures: [Failure]
  /// Training loss of the last epoch.
  public var trainingLoss: Summary
  /// Weights before pruning, all layers together.
  public var weightsBefore: Summary
  /// Weights that pruning left, all layers together.
  public var weightsLeft: Summary
  /// Weights that pruning left in each layer, from the first to the output layer.
  public var weightsLeftByLayer: [Summary]
  /// Hidden units that are left in each hidden layer.
  public var unitsLeftByLayer: [Summary]
  /// Bytes of the pruned network.
  public var bytesLeft: Summary
  /// Forecast errors and blow-ups, one entry for each window.
  public var windows: [WindowStatistics]
  /// For each output (row) and input (column), in how many members the input reaches the output.
  public var featureFrequencies: [[Proportion]]
  /// For each output, the sets of inputs that reach it, the most frequent first.
  public var featureSets: [[FeatureSet]]
  /// The whole sets of learned features (all outputs together), the most frequent first.
  public var wholeFeatureSets: [WholeFeatureSet]
  /// Number of distinct structures among the finished members.
  public var distinctStructures: Int

  /// A member without a network.
  public struct Failure: Codable, Equatable, Sendable {
    /// Index of the member.
    public var member: Int
    /// Its seed.
    public var seed: UInt64
    /// Why there is no network.
    public var failure: MemberFailure
  }
}

/// Forecast errors and blow-ups of a variant in one window, over all pairs of member and test trajectory.
public struct WindowStatistics: Codable, Equatable, Sendable {
  /// The window of steps.
  public var window: ForecastWindow
  /// Forecasts that blew up, of all forecasts.
  public var blowUps: Proportion
  /// AN-RFMSE of the forecasts that did not blow up in the window.
  public var meanSquared: Spread
  /// AN-RFMAE of the forecasts that did not blow up in the window.
  public var meanAbsolute: Spread
}

/// A set of inputs that reaches an output, and how often.
public struct FeatureSet: Codable, Equatable, Sendable {
  /// Names of the inputs, in the order of the columns.
  public var inputs: [String]
  /// Members with exactly this set, of all finished members.
  public var frequency: Proportion
}

/// Sets of inputs for all outputs together, and how often.
public struct WholeFeatureSet: Codable, Equatable, Sendable {
  /// For each output the names of the inputs that reach it.
  public var inputsByOutput: [[String]]
  /// Members with exactly these sets, of all finished members.
  public var frequency: Proportion
}
