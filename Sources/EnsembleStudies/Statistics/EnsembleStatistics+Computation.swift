import ErrorCategories
import TrajectoryData

/// Records that do not fit the study or each other.
package struct EnsembleStatisticsError: CategorizedError, Equatable, Sendable {
  package var category: ErrorCategory { .badInput }
  /// The mismatch and its place.
  package var description: String
}

extension EnsembleStatistics {
  /// Computes the statistics of all variants of a study.
  ///
  /// Time O(r log r) in the number r of forecast records, memory O(r).
  ///
  /// - Parameters:
  ///   - study: name of the study.
  ///   - variants: names of the variants, in the order in which they are reported.
  ///   - outputs: names of the network's outputs (rows of the feature tables).
  ///   - inputs: names of the signals that the networks see (columns of the feature tables).
  ///   - windows: the forecast windows, in the order in which they are reported.
  ///   - records: one record a member, in any order.
  /// - Throws: `EnsembleStatisticsError` if a record is of an unknown variant, occurs twice, or has a feature table of
  ///   another shape, other layers than the other members of its variant, or a window that is not of the study.
  package init(
    study: String, variants: [String], outputs: [String], inputs: [String], windows: [ForecastWindow],
    records: [MemberRecord]
  ) throws(EnsembleStatisticsError) {
    if let stranger = records.first(where: { !variants.contains($0.variant) }) {
      throw EnsembleStatisticsError(
        description:
          "member \(stranger.member) is of variant '\(stranger.variant)', which the study does not have")
    }
    self.study = study
    self.outputs = outputs
    self.inputs = inputs
    self.variants = []
    let byVariant = Dictionary(grouping: records, by: \.variant)
    for name in variants {
      let members = (byVariant[name] ?? []).sorted { $0.member < $1.member }
      try Self.check(members, outputs: outputs.count, inputs: inputs.count, windows: windows)
      self.variants.append(
        VariantStatistics(variant: name, outputs: outputs, inputs: inputs, windows: windows, sorted: members))
    }
  }

  private static func check(
    _ members: [MemberRecord], outputs: Int, inputs: Int, windows: [ForecastWindow]
  ) throws(EnsembleStatisticsError) {
    for (member, next) in zip(members, members.dropFirst()) where member.member == next.member {
      throw EnsembleStatisticsError(
        description: "member \(member.member) of variant '\(member.variant)' is there twice; keep one record")
    }
    let first = members.lazy.compactMap(\.trained).first
    for member in members {
      guard let trained = member.trained, let first else { continue }
      let name = "member \(member.member) of variant '\(member.variant)'"
      let features = trained.learnedInputFeatures
      guard features.count == outputs, features.allSatisfy({ $0.count == inputs }) else {
        throw EnsembleStatisticsError(
          description:
            "\(name) has learned input features of another shape than \(outputs) outputs × \(inputs) inputs")
      }
      guard trained.learnedLags?.columns == first.learnedLags?.columns,
        trained.learnedLags?.features.count == first.learnedLags?.features.count,
        trained.learnedLags?.features.count ?? outputs >= outputs,
        trained.learnedLags?.features.allSatisfy({ $0.count == trained.learnedLags?.columns.count }) ?? true
      else {
        throw EnsembleStatisticsError(description: "\(name) has other lags than the others")
      }
      guard trained.weightsLeft.count == first.weightsLeft.count,
        trained.unitsLeft.count == first.unitsLeft.count
      else {
        throw EnsembleStatisticsError(description: "\(name) has another number of layers than the others")
      }
      var seen: Set<ForecastPlace> = []
      let places = trained.forecasts.map { ForecastPlace(trajectory: $0.trajectory, window: $0.window) }
      if let twice = places.first(where: { !seen.insert($0).inserted }) {
        throw EnsembleStatisticsError(
          description:
            "\(name) has two forecast errors for trajectory \(twice.trajectory), window \(twice.window)")
      }
      if let stranger = trained.forecasts.first(where: { !windows.contains($0.window) }) {
        throw EnsembleStatisticsError(
          description:
            "\(name) has a forecast error for window \(stranger.window), which the study does not have")
      }
    }
  }
}

private struct ForecastPlace: Hashable {
  var trajectory: Int
  var window: ForecastWindow
}

extension VariantStatistics {
  fileprivate init(
    variant: String, outputs: [String], inputs: [String], windows: [ForecastWindow],
    sorted members: [MemberRecord]
  ) {
    let trained = members.compactMap(\.trained)
    self.variant = variant
    finished = trained.count
    failures = members.compactMap { member in
      member.failure.map { Failure(member: member.member, seed: member.seed, failure: $0) }
    }
    trainingLoss = Summary(of: trained.map(\.trainingLoss))
    weightsBefore = Summary(of: trained.map { $0.weightsBefore.reduce(0, +) })
    weightsLeft = Summary(of: trained.map { $0.weightsLeft.reduce(0, +) })
    weightsLeftByLayer = Self.byLayer(trained.map(\.weightsLeft))
    unitsLeftByLayer = Self.byLayer(trained.map(\.unitsLeft))
    let hidden = trained.compactMap(\.hiddenStatesLeft)
    hiddenStatesLeft = hidden.isEmpty ? nil : Summary(of: hidden)
    bytesLeft = Summary(of: trained.map(\.bytesLeft))
    let forecasts = Dictionary(grouping: trained.flatMap(\.forecasts), by: \.window)
    self.windows = windows.map { WindowStatistics(window: $0, forecasts: forecasts[$0] ?? []) }
    featureFrequencies = outputs.indices.map { output in
      inputs.indices.map { input in
        Proportion(trained.count { $0.learnedInputFeatures[output][input] }, of: trained.count)
      }
    }
    lagFrequencies = trained.first?.learnedLags.map { first in
      LagFrequencies(
        columns: first.columns,
        frequencies: first.features.indices.map { output in
          first.columns.indices.map { column in
            Proportion(trained.count { $0.learnedLags?.features[output][column] == true }, of: trained.count)
          }
        })
    }
    let names = { (row: [Bool]) in zip(inputs, row).filter(\.1).map(\.0) }
    featureSets = outputs.indices.map { output in
      Self.ranked(trained.map { $0.learnedInputFeatures[output] })
        .map { FeatureSet(inputs: names($0.value), frequency: Proportion($0.count, of: trained.count)) }
    }
    wholeFeatureSets = Self.ranked(trained.map(\.learnedInputFeatures))
      .map {
        WholeFeatureSet(
          inputsByOutput: $0.value.map(names), frequency: Proportion($0.count, of: trained.count))
      }
    distinctStructures = Set(trained.map(\.structureDigest)).count
  }

  private static func byLayer(_ counts: [[Int]]) -> [Summary] {
    (counts.first ?? []).indices.map { layer in Summary(of: counts.map { $0[layer] }) }
  }

  /// Distinct values and how often they occur, the most frequent first, of equally frequent ones the first.
  private static func ranked<Value: Hashable>(_ values: [Value]) -> [(value: Value, count: Int)] {
    var places: [Value: Int] = [:]
    var ranking: [(value: Value, count: Int)] = []
    for value in values {
      if let place = places[value] {
        ranking[place].count += 1
      } else {
        places[value] = ranking.count
        ranking.append((value, 1))
      }
    }
    return ranking.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
  }
}

extension WindowStatistics {
  fileprivate init(window: ForecastWindow, forecasts: [ForecastRecord]) {
    let good = forecasts.filter { !$0.blewUp }
    self.window = window
    blowUps = Proportion(forecasts.count - good.count, of: forecasts.count)
    meanSquared = Spread(of: good.map(\.meanSquared))
    meanAbsolute = Spread(of: good.map(\.meanAbsolute))
  }
}
