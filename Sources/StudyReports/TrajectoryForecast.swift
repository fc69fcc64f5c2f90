import EnsembleAnalysis
import EnsembleStudies
import ErrorCategories
import Foundation
import Safetensors
import SparseNetworks
import StudyFiles
import TrajectoryData

/// The forecast of a trajectory by the members of a variant of a finished study.
package struct TrajectoryForecast: Sendable {
  /// The variant.
  package let variant: Variant
  /// The trajectory.
  package let trajectory: Trajectory
  /// Median and bands.
  package let forecast: EnsembleForecast
  /// The error of the median, by AN-RFMAE over all steps; nil if only the first states count.
  package let error: ForecastError?
  private let signals: Signals

  /// Runs the ensemble on the first rows that its regressor needs, and the inputs, of a trajectory.
  ///
  /// - Parameters:
  ///   - folder: the study.
  ///   - name: the variant's name; the one with the fewest blow-ups, then the least median error, if nil.
  ///   - path: a CSV file with the study's states and inputs as columns.
  ///   - comparesStates: whether the states after those rows are the truth to compare with.
  /// - Throws: ``TrajectoryForecastError``; what reading the members and the file throws.
  package init(_ folder: StudyFolder, variant name: String?, trajectory path: String, comparesStates: Bool)
    throws
  {
    let names = folder.study.variants.map(\.name)
    guard let chosen = name ?? folder.bestVariant,
      let variant = folder.study.variants.first(where: { $0.name == chosen })
    else {
      throw TrajectoryForecastError(
        description: "the study has no variant '\(name ?? "")'; it has \(names.joined(separator: ", "))")
    }
    let members = try (0..<variant.members).compactMap { index in
      try folder.member(variant, index).map { (member: ForecastMember(index: index, $0), file: $0) }
    }
    guard let first = members.first?.file else {
      throw TrajectoryForecastError(description: "no member of variant '\(variant.name)' has a network")
    }
    let trajectory = try TrajectoryCSV.read(
      path, states: first.stateNames, inputs: first.inputNames, samplingTime: first.samplingTime)
    guard trajectory.rowCount > first.lastGivenRow + 1 else {
      throw TrajectoryForecastError(
        description:
          "\(path): \(trajectory.rowCount) rows; variant '\(variant.name)' needs \(first.lastGivenRow + 1) "
          + "measured rows to start from, and at least one more")
    }
    let kernels = try Kernels.selected()
    let deviations = Array(first.standardisation.stateDeviation)
    let forecast = EnsembleForecast(
      members.map { $0.member.forecasts(of: [trajectory], stride: 1, kernels: kernels)[0] },
      deviations: deviations)
    (self.variant, self.trajectory, self.forecast) = (variant, trajectory, forecast)
    signals = Signals(
      names: first.stateNames + first.inputNames, states: first.stateNames.count, system: folder.study.dataset
    )
    let medians = (0..<forecast.rows).flatMap { row in
      deviations.indices.map { forecast.median(row: row, state: $0) }
    }
    error =
      comparesStates
      ? ForecastError.errors(
        of: medians, truth: trajectory.states, deviations: deviations,
        windows: [ForecastWindow(from: 0, to: trajectory.sampleCount)], warmUp: first.lastGivenRow
      ).first : nil
  }

  /// The bands as CSV: t (s), members left, and for each state its 5, 25, 50, 75 and 95 % quantiles over members; a
  /// number is empty where no member is left.
  package var csv: String {
    let states = trajectory.stateNames
    var table = Table(
      "forecast", title: "", caption: "",
      columns: ["t", "members"]
        + states.flatMap { name in ["q05", "q25", "q50", "q75", "q95"].map { "\(name)_\($0)" } })
    table.records = (0..<forecast.rows).map { row in
      [.number(Double(row) * trajectory.samplingTime), .count(forecast.left[row])]
        + states.indices.flatMap { state in
          (0..<5).map { Table.Cell.number(forecast.quantile($0, row: row, state: state)) }
        }
    }
    return table.csv
  }

  /// Writes the picture of the forecast as PATH.svg, PATH.pdf and PATH.png, with its source PATH.gp.
  ///
  /// Returns what went wrong, if it couldn't be drawn. Throws if a file can't be written.
  package func draw(to path: String) throws -> [String] {
    let place = URL(fileURLWithPath: path)
    let figure = ForecastFigure(
      signals: signals, stride: 1, trajectory: trajectory, forecast: forecast, hasTruth: error != nil
    ).figure(name: place.lastPathComponent, title: "Ensemble forecast by \(variant.name)", caption: "")
    return try FigureDrawing(folder: place.deletingLastPathComponent().path).draw([figure]).notes
  }
}

/// A forecast that can't be made.
package struct TrajectoryForecastError: CategorizedError, Equatable {
  package let description: String
  package var category: ErrorCategory { .badInput }
}
