import EnsembleAnalysis
import EnsembleStudies

extension StudyTables {
  var comparisons: Table {
    paired(
      "comparisons", title: "Sparse against dense, paired", kinds: ("sparse", "dense"),
      caption:
        "Member k of both variants began from the same seed, and the test trajectories are the same. Ratio of median errors "
        + "below 1: the sparse variant is better. Smaller error: share of paired forecasts in which it is better, where a "
        + "forecast that blew up loses; unlike the medians this is not biased by what survived. Paired two-way bootstrap.",
      analysis.comparisons)
  }

  var debiasing: Table {
    paired(
      "debiasing", title: "What debiasing does, paired", kinds: ("debiased", "biased"),
      caption:
        "The same networks with and without a training without penalty under the fixed mask at the end. Ratio of median "
        + "errors below 1: debiasing helps. Paired two-way bootstrap.",
      analysis.debiasing)
  }

  private func paired(
    _ name: String, title: String, kinds: (String, String), caption: String,
    _ comparisons: [VariantComparison]
  ) -> Table {
    var table = Table(
      name, title: title, caption: caption,
      columns: [kinds.0, kinds.1, "from", "to", "members"]
        + ["median_ratio", "blow_up_difference", "superiority"].flatMap(Self.columns))
    table.header = [
      kinds.0.capitalized, kinds.1.capitalized, "Ratio of median errors", "Difference of blow-up rates",
      "Smaller error",
      "Ratio of weights left",
    ]
    for comparison in comparisons {
      let names = [
        analysis.variants[comparison.sparse].variant.name, analysis.variants[comparison.dense].variant.name,
      ]
      table.rows.append(
        names + [
          Numbers.text(comparison.horizon.medianRatio), Numbers.percent(comparison.horizon.blowUpDifference),
          Numbers.percent(comparison.horizon.superiority), Numbers.text(comparison.weightRatio),
        ])
      for (window, pair) in zip(analysis.windows, comparison.windows) {
        table.records.append(
          names.map { .text($0) } + [.count(window.from), .count(window.to), .count(pair.members)]
            + [pair.medianRatio, pair.blowUpDifference, pair.superiority].flatMap(Self.cells))
      }
    }
    return table
  }

  var penaltyPaths: Table {
    var table = Table(
      "penalty-paths",
      title: analysis.folder.penaltyPaths.contains { $0.target != nil }
        ? "Choosing by validation" : "Choosing the penalty",
      caption:
        "Error: mean over validation trajectories and members of AN-RFMAE, a forecast that blew up counting as 3, with its "
        + "standard error over trajectories; the test trajectories play no part. "
        + analysis.folder.penaltyPaths.map { "\($0.path), rule \($0.rule.rawValue): \($0.reason)" }.joined(
          separator: " "),
      columns: [
        "path", "rule", "variant", "l1_weight", "validation_error", "standard_error", "blow_ups", "forecasts",
        "weights_left", "similarity", "chosen",
      ])
    table.header = [
      "Path", "Weight", "Validation error ± standard error", "Blow-ups", "Weights left",
      "Similarity of features", "",
    ]
    for path in analysis.folder.penaltyPaths {
      for candidate in path.candidates {
        let isChosen = candidate.variant == path.chosen
        table.rows.append([
          path.path,
          path.target == .variants
            ? candidate.variant
            : path.target?.countedThing.map { "\(Int(candidate.weight)) \($0)" }
              ?? Numbers.text(candidate.weight, digits: 2),
          (candidate.error.map { Numbers.text($0) } ?? "–")
            + (candidate.standardError.map { " ± " + Numbers.text($0, digits: 2) } ?? ""),
          "\(candidate.blowUps.count) of \(candidate.blowUps.total)",
          candidate.weightsLeft.mean.map { Numbers.text($0) } ?? "–",
          candidate.similarity.map { Numbers.text($0) } ?? "–", isChosen ? "chosen" : "",
        ])
        table.records.append([
          .text(path.path), .text(path.rule.rawValue), .text(candidate.variant), .number(candidate.weight),
          .number(candidate.error), .number(candidate.standardError), .count(candidate.blowUps.count),
          .count(candidate.blowUps.total), .number(candidate.weightsLeft.mean), .number(candidate.similarity),
          .count(isChosen ? 1 : 0),
        ])
      }
    }
    return table
  }
}
