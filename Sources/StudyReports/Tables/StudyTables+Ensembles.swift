import EnsembleAnalysis
import EnsembleStudies

extension StudyTables {
  /// The ensemble as a model: its median's and its mean's errors beside its members'.
  var ensembleModels: Table {
    var table = Table(
      "ensemble-models", title: "The ensemble as a model",
      caption:
        "The median and the mean of the members' forecasts, row by row, as forecasts of their own, beside the members' own. AN-RFMAE: "
        + "median over test trajectories (for members over members, too) of what did not blow up; in brackets blow-ups. "
        + "Root-mean-square error in the output's unit, over all rows of the window: of the median, of the mean, and of the best, "
        + "the median and the worst member. A member that runs away leaves both forecasts at that row.",
      columns: [
        "variant", "members", "trajectories", "window", "output", "median_error", "median_blow_ups",
        "mean_error", "mean_blow_ups", "member_error", "member_blow_ups", "median_rmse", "mean_rmse",
        "best_rmse", "lower_quartile_rmse", "member_rmse", "upper_quartile_rmse", "worst_rmse",
      ])
    table.header = [
      "Variant", "Window", "Median", "Mean", "Members", "Output", "RMSE of median", "RMSE of mean",
      "RMSE of members: best, median, worst",
    ]
    let signals = Signals(analysis)
    for variant in analysis.variants {
      guard let model = variant.model, model.members > 1 else { continue }
      for window in model.windows {
        for (index, output) in window.outputs.enumerated() {
          let unit = signals.unit(index)
          func rmse(_ value: Double?) -> String {
            value.map { Numbers.text($0, digits: 3) + (unit.isEmpty ? "" : " \(unit)") } ?? "–"
          }
          let isFirst = index == 0
          table.rows.append(
            [isFirst ? variant.variant.name : "", isFirst ? window.window.description : ""]
              + [window.median, window.mean, window.byMember].map { isFirst ? Self.text($0) : "" }
              + [
                output.output, rmse(output.median), rmse(output.mean),
                [output.byMember.best, output.byMember.median, output.byMember.worst].map(rmse)
                  .joined(separator: ", "),
              ])
          table.records.append(
            [
              .text(variant.variant.name), .count(model.members), .count(model.trajectories),
              .text(window.window.name), .text(output.output),
            ]
              + [window.median, window.mean, window.byMember].flatMap {
                [Table.Cell.number($0.meanAbsolute.q50), .count($0.blowUps.count)]
              }
              + [
                output.median, output.mean, output.byMember.best, output.byMember.lower,
                output.byMember.median, output.byMember.upper, output.byMember.worst,
              ].map { .number($0) })
        }
      }
    }
    return table
  }

  private static func text(_ errors: EnsembleModel.Errors) -> String {
    (errors.meanAbsolute.q50.map { Numbers.text($0, digits: 3) } ?? "–")
      + (errors.blowUps.count > 0 ? " (\(errors.blowUps.count) of \(errors.blowUps.total))" : "")
  }
}
