import TrajectoryData

/// A dataset, the variants to compare on it, and how long the forecasts are that judge them.
///
/// A study is what a study file describes, with every default filled in. It is a plain value: two studies that
/// are equal describe the same jobs.
package struct Study: Codable, Equatable, Sendable {
  /// Short name of the study: lower-case letters, digits and hyphens; used in file names.
  package var name: String
  /// What the study is for, in free text.
  package var description: String?
  /// Seed from which the seeds of all members are derived.
  package var seed: UInt64
  /// Where training and test trajectories come from.
  package var dataset: DatasetDescription
  /// The configurations to compare as the file gives them, in its order.
  package var grids: [VariantGrid]
  /// How the members are judged on the test trajectories.
  package var forecast: Forecast
  /// How one of the variants is chosen by the validation trajectories or blocks; nil: none is.
  package var choice: SelectionRule?

  /// Makes a study. No check is made here: a study that was read from a file has been checked.
  package init(
    name: String, description: String? = nil, seed: UInt64 = 1, dataset: DatasetDescription,
    variants: [Variant], forecast: Forecast
  ) {
    self.init(
      name: name, description: description, seed: seed, dataset: dataset,
      grids: variants.map { VariantGrid($0) }, forecast: forecast)
  }

  /// Makes a study whose variants are those of grids.
  package init(
    name: String, description: String? = nil, seed: UInt64 = 1, dataset: DatasetDescription,
    grids: [VariantGrid], forecast: Forecast, choice: SelectionRule? = nil
  ) {
    self.name = name
    self.description = description
    self.seed = seed
    self.dataset = dataset
    self.grids = grids
    self.forecast = forecast
    self.choice = choice
  }

  /// The configurations to compare, one by one; names are unique.
  package var variants: [Variant] { grids.flatMap(\.variants) }

  /// The same study with another seed, for an independent repetition.
  package func with(seed: UInt64) -> Study {
    var copy = self
    copy.seed = seed
    return copy
  }
}

/// How rolling forecasts of the test trajectories are summarised.
package struct Forecast: Codable, Equatable, Sendable {
  /// The windows of steps over which forecast errors are averaged.
  package var windows: [ForecastWindow]

  /// Makes a forecast description with at least one window.
  package init(windows: [ForecastWindow]) {
    self.windows = windows
  }
}
