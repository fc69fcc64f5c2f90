import Foundation
import TextFormatting

extension StatisticsTable {
  /// A penalty path: what each weight gave on the validation trajectories, which is chosen (marked with an arrow), and
  /// why.
  package static func path(_ path: PathStatistics, width: Int = 100) -> String {
    let table = TextTable(
      header: ["", "weight", "error", "standard error", "blow-ups", "weights left", "similarity"],
      rows: path.candidates.map { candidate in
        [
          candidate.variant == path.chosen ? "→" : "", number(candidate.weight), number(candidate.error),
          number(candidate.standardError), "\(candidate.blowUps.count)/\(candidate.blowUps.total)",
          candidate.weightsLeft.mean.map { String(format: "%.1f", $0) } ?? "–", number(candidate.similarity),
        ]
      })
    let title =
      "Penalty path '\(path.path)' on \(path.validationTrajectories) validation trajectories (\(path.rule.rawValue))"
    return ([title, ""] + table.lines(width: width) + ["", path.reason]).joined(separator: "\n") + "\n"
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.3g", $0) } ?? "–"
  }
}
