import CheckedJSON
import Files
import Foundation
import StudyFiles
import TrajectoryData

/// Statistics over the members of a study.
///
/// The same records give the same statistics, in whatever order they came.
package struct EnsembleStatistics: Codable, Equatable, Sendable {
  /// Name of the study.
  package var study: String
  /// Names of the network's outputs, which are the rows of feature tables.
  package var outputs: [String]
  /// Names of the signals that the networks see, which are the columns of feature tables.
  package var inputs: [String]
  /// One entry for each variant, in the order of the study.
  package var variants: [VariantStatistics]
  /// The penalty paths and what was chosen on them; nil if the study has none.
  package var penaltyPaths: [PathStatistics]?
}

/// Statistics over the members of one variant.
package struct VariantStatistics: Codable, Equatable, Sendable {
  /// Name of the variant.
  package var variant: String
  /// Number of members with a network.
  package var finished: Int
  /// Members without one, in the order of their index.
  package var failures: [Failure]
  /// Training loss of the last epoch.
  package var trainingLoss: Summary
  /// Weights before pruning, all layers together.
  package var weightsBefore: Summary
  /// Weights that pruning left, all layers together.
  package var weightsLeft: Summary
  /// Weights that pruning left in each layer, from the first to the output layer.
  package var weightsLeftByLayer: [Summary]
  /// Hidden units that are left in each hidden layer.
  package var unitsLeftByLayer: [Summary]
  /// Hidden states that still reach an output; nil for a variant without any from the start.
  package var hiddenStatesLeft: Summary?
  /// Bytes of the pruned network.
  package var bytesLeft: Summary
  /// Forecast errors and blow-ups, one entry for each window.
  package var windows: [WindowStatistics]
  /// For each output (row) and input (column), in how many members the input reaches the output.
  package var featureFrequencies: [[Proportion]]
  /// The same lag by lag; nil for networks of the present row alone.
  package var lagFrequencies: LagFrequencies?
  /// For each output, the sets of inputs that reach it, the most frequent first.
  package var featureSets: [[FeatureSet]]
  /// The whole sets of learned features (all outputs together), the most frequent first.
  package var wholeFeatureSets: [WholeFeatureSet]
  /// Number of distinct structures among the finished members.
  package var distinctStructures: Int

  /// A member without a network.
  package struct Failure: Codable, Equatable, Sendable {
    /// Index of the member.
    package var member: Int
    /// Its seed.
    package var seed: UInt64
    /// Why the member failed.
    package var failure: MemberFailure
  }
}

/// Forecast errors and blow-ups of a variant in one window, over all pairs of member and test trajectory.
package struct WindowStatistics: Codable, Equatable, Sendable {
  /// The window of steps.
  package var window: ForecastWindow
  /// Forecasts that blew up, of all forecasts.
  package var blowUps: Proportion
  /// AN-RFMSE of the forecasts that did not blow up in the window.
  package var meanSquared: Spread
  /// AN-RFMAE of the forecasts that did not blow up in the window.
  package var meanAbsolute: Spread
}

/// In how many members each lag of the signals reaches each output.
package struct LagFrequencies: Codable, Equatable, Sendable {
  /// Names of the network's inputs: "level[t-2]".
  package var columns: [String]
  /// For each output, then each hidden state (row), and each column, in how many members it reaches it in one step.
  package var frequencies: [[Proportion]]
}

/// A set of inputs that reaches an output, and how often.
package struct FeatureSet: Codable, Equatable, Sendable {
  /// Names of the inputs, in the order of the columns.
  package var inputs: [String]
  /// Members with exactly this set, of all finished members.
  package var frequency: Proportion
}

/// Sets of inputs for all outputs together, and how often.
package struct WholeFeatureSet: Codable, Equatable, Sendable {
  /// For each output the names of the inputs that reach it.
  package var inputsByOutput: [[String]]
  /// Members with exactly these sets, of all finished members.
  package var frequency: Proportion
}

extension EnsembleStatistics {
  /// The statistics as JSON: indented, keys in alphabetical order, numbers that are not finite as null, a line break
  /// at the end. Equal statistics give equal bytes.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads what `json()` wrote; numbers that were not finite come back as nil.
  ///
  /// - Parameters:
  ///   - json: The whole file.
  ///   - source: The file, for the error.
  package init(json: Data, source: String = "statistics.json") throws(DamagedFileError) {
    do {
      self = try JSONDecoder().decodeChecked(Self.self, from: Array(json))
    } catch {
      throw DamagedFileError(source, JSONProblem.text(of: error))
    }
    let names = variants.map(\.variant)
    guard Set(names).count == names.count else {
      throw DamagedFileError(source, "a variant occurs twice")
    }
  }
}

extension KeyedEncodingContainer {
  /// Writes a number, or null if there is none or it is not finite.
  mutating func encodeFinite(_ value: Double?, forKey key: Key) throws {
    if let value, value.isFinite {
      try encode(value, forKey: key)
    } else {
      try encodeNil(forKey: key)
    }
  }
}
