import EnsembleStudies
import Foundation
import StudyFiles
import TextFormatting

/// The errors of a study on a public benchmark beside published ones, as plain text.
package enum BenchmarkTable {
  /// nil if the ensembles have other records than the benchmark.
  package static func text(
    _ benchmark: PublicBenchmark, _ ensembles: EnsembleModels, _ statistics: EnsembleStatistics,
    width: Int = 100
  ) -> String? {
    let weights = Dictionary(
      statistics.variants.map { ($0.variant, $0.weightsLeft.mean) }, uniquingKeysWith: { first, _ in first })
    var rows: [[String]] = []
    for variant in ensembles.variants {
      let outputs = benchmark.records.compactMap { record -> EnsembleModel.Output? in
        guard let all = variant.byTrajectory, all.indices.contains(record.trajectory),
          all[record.trajectory].indices.contains(record.window)
        else { return nil }
        return all[record.trajectory][record.window].first
      }
      guard outputs.count == benchmark.records.count else { return nil }
      func cell(_ value: (EnsembleModel.Output) -> Double?) -> String {
        outputs.map { text(value($0).map { $0 * benchmark.factor }) }.joined(separator: " / ")
      }
      rows.append(
        [
          variant.variant, weights[variant.variant].flatMap { $0 }.map { "\(Int($0.rounded()))" } ?? "–",
          cell(\.byMember.best), cell(\.byMember.median), cell(\.byMember.worst), cell(\.median),
          cell(\.mean),
        ])
    }
    guard !rows.isEmpty else { return nil }
    for (method, errors) in benchmark.published {
      let errors = errors.map { text($0) }.joined(separator: " / ")
      rows.append(["published: " + method, "", errors, "", "", "", ""])
    }
    let table = TextTable(
      header: ["", "weights", "best", "median", "worst", "median of forecasts", "mean of forecasts"],
      rows: rows, leftAligned: [0])
    let title =
      "RMSE in \(benchmark.unit) in free run, \(benchmark.records.map(\.name).joined(separator: " / ")): best, median and worst "
      + "member, and the ensemble's forecasts"
    return ([title, ""] + table.lines(width: width)).joined(separator: "\n") + "\n"
  }

  private static func text(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    return String(format: "%#.3g", value)
  }
}
