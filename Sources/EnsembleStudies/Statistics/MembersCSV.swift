import TextFormatting
import TrajectoryData

/// Writes `members.csv`: one row a member, in the order of the study's variants and the members' indices.
///
/// Columns: `variant`, `member`, `seed`, `status` (finished or failed), `reason`, `failed_epoch`, `failed_step`,
/// `training_loss`, `weights_before`, `weights_left`, `bytes_before`, `bytes_left`, then for each window `from_to`:
/// `forecasts_…`, `blow_ups_…`, `an_rfmse_…` and `an_rfmae_…` (medians over the test trajectories whose forecast did
/// not blow up in the window), and `structure_digest`. What is not known is empty. Quoting follows RFC 4180, lines end
/// with a line feed, numbers are the shortest decimals that read back as the same value.
package enum MembersCSV {
  /// The text of the file. Equal records give equal text, in whatever order they come.
  ///
  /// - Parameters:
  ///   - records: one record a member; records of variants that are not listed come last, by name.
  ///   - variants: names of the variants in order.
  ///   - windows: the forecast windows in order.
  package static func text(records: [MemberRecord], variants: [String], windows: [ForecastWindow]) -> String {
    let order = Dictionary(variants.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let sorted = records.sorted {
      (order[$0.variant] ?? variants.count, $0.variant, $0.member, $0.seed)
        < (order[$1.variant] ?? variants.count, $1.variant, $1.member, $1.seed)
    }
    let rows = [header(windows)] + sorted.map { row($0, windows) }
    return rows.map { $0.map { CSVField.of($0) }.joined(separator: ",") + "\n" }.joined()
  }

  private static func header(_ windows: [ForecastWindow]) -> [String] {
    [
      "variant", "member", "seed", "status", "reason", "failed_epoch", "failed_step", "training_loss",
      "weights_before", "weights_left", "bytes_before", "bytes_left",
    ]
      + windows.flatMap { window in
        ["forecasts", "blow_ups", "an_rfmse", "an_rfmae"].map { "\($0)_\(window.from)_\(window.to)" }
      } + ["structure_digest"]
  }

  private static func row(_ record: MemberRecord, _ windows: [ForecastWindow]) -> [String] {
    let start = [record.variant, "\(record.member)", "\(record.seed)"]
    switch record.outcome {
    case .failed(let failure):
      return start + [
        "failed", failure.reason, failure.epoch.map(String.init) ?? "", failure.step.map(String.init) ?? "",
      ] + Array(repeating: "", count: 5 + 4 * windows.count + 1)
    case .finished(let trained):
      let sizes = [
        trained.weightsBefore.reduce(0, +), trained.weightsLeft.reduce(0, +), trained.bytesBefore,
        trained.bytesLeft,
      ]
      return start + ["finished", "", "", "", number(trained.trainingLoss)] + sizes.map(String.init)
        + windows.flatMap { columns(trained.forecasts, $0) } + [trained.structureDigest]
    }
  }

  private static func columns(_ forecasts: [ForecastRecord], _ window: ForecastWindow) -> [String] {
    let all = forecasts.filter { $0.window == window }
    let good = all.filter { !$0.blewUp }
    return [
      "\(all.count)", "\(all.count - good.count)", number(Quantiles.median(of: good.map(\.meanSquared))),
      number(Quantiles.median(of: good.map(\.meanAbsolute))),
    ]
  }

  private static func number(_ value: Double?) -> String {
    value.map { "\($0)" } ?? ""
  }
}
