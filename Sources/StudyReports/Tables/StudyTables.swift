import EnsembleAnalysis
import EnsembleStudies
import StudyFiles
import TrajectoryData

/// The tables of a report.
struct StudyTables {
  let analysis: StudyAnalysis

  var all: [Table] {
    [
      verdicts, complexity, frontier, errors, blowUps, comparisons, debiasing, penaltyPaths, stability,
      agreement,
      structures,
    ]
      + (analysis.truth == nil ? [] : [rules])
      + (analysis.variants.contains { $0.features.lags != nil } ? [lags] : []) + [
        noise, ensembles, ensembleModels, features, calibration, curves,
      ]
  }

  private var variants: [VariantAnalysis] { analysis.variants }

  static func cells(_ interval: Interval?) -> [Table.Cell] {
    [.number(interval?.estimate), .number(interval?.lower), .number(interval?.upper)]
  }

  static func columns(_ name: String) -> [String] { [name, name + "_lower", name + "_upper"] }

  var verdicts: Table {
    var table = Table(
      "verdicts", title: "Claims of the paper, tested on this study",
      caption:
        "Each claim is tested by an interval of 95 % against a limit that was fixed before. Supported: the whole interval is "
        + "on the claim's side. Undecided: it contains the limit, or the study lacks what the test needs. Sparse networks "
        + "with \(analysis.referenceSize) training trajectories are compared with dense ones of the same training set.",
      columns: ["claim", "subject", "numbers", "test", "verdict"])
    table.header = ["Claim", "Variants", "Numbers (95 % interval)", "Test", "Verdict"]
    for verdict in analysis.verdicts {
      let row = [verdict.claim, verdict.subject, verdict.numbers, verdict.test, verdict.outcome.rawValue]
      table.rows.append(row)
      table.records.append(row.map { .text($0) })
    }
    return table
  }

  private var complexity: Table {
    var table = Table(
      "complexity", title: "Model complexity",
      caption:
        "What pruning left: means over members with 95 % bootstrap intervals. An evaluation takes as many multiply-adds as "
        + "there are weights; bytes are those of values and indices.",
      columns: ["variant", "members", "failed", "training_trajectories", "dense_weights"]
        + ["weights", "fraction", "hidden_units", "hidden_layers", "bytes"].flatMap(Self.columns))
    table.header = [
      "Variant", "Members", "Weights of the dense shape", "Weights left = multiply-adds", "Share left",
      "Hidden units",
      "Hidden layers", "Bytes",
    ]
    for variant in variants {
      let sizes = variant.complexity
      table.rows.append([
        variant.variant.name, members(variant), "\(sizes.dense)", Numbers.text(sizes.weights),
        Numbers.percent(sizes.fraction), Numbers.text(sizes.units),
        Numbers.text(sizes.layers?.estimate ?? .nan, digits: 2),
        Numbers.text(sizes.bytes?.estimate ?? .nan, digits: 4),
      ])
      table.records.append(
        [
          .text(variant.variant.name), .count(variant.members.count), .count(variant.failed),
          .count(variant.trainingTrajectories), .count(sizes.dense),
        ]
          + [sizes.weights, sizes.fraction, sizes.units, sizes.layers, sizes.bytes].flatMap(Self.cells))
    }
    return table
  }

  private func members(_ variant: VariantAnalysis) -> String {
    variant.failed == 0 ? "\(variant.members.count)" : "\(variant.members.count) (\(variant.failed) failed)"
  }

  private var errors: Table {
    var table = Table(
      "errors", title: "Forecast errors",
      caption:
        "Median AN-RFMAE (mean over steps and states of |x̂ − x| / σ) of forecasts that did not blow up in the window; 95 % "
        + "intervals of the two-way bootstrap over members and test trajectories. The file has the other quantiles.",
      columns: ["variant", "training_trajectories", "from", "to", "forecasts", "judged"]
        + ["q05", "q25", "q50", "q75", "q95"].flatMap(Self.columns))
    table.header = ["Variant", "Training trajectories"] + analysis.windows.map { "Steps \($0)" }
    for variant in variants {
      table.rows.append(
        [variant.variant.name, "\(variant.trainingTrajectories)"]
          + variant.windows.map { Numbers.text($0.median) })
      for window in variant.windows {
        table.records.append(
          [
            .text(variant.variant.name), .count(variant.trainingTrajectories), .count(window.window.from),
            .count(window.window.to), .count(window.blowUps.total), .count(window.errors.finite.count),
          ] + window.quantiles.flatMap(Self.cells))
      }
    }
    return table
  }

  private var blowUps: Table {
    var table = Table(
      "blow-ups", title: "Forecasts that blew up",
      caption:
        "Number, and the rate's 95 % interval of the two-way bootstrap over members and test trajectories; where no forecast "
        + "or every forecast blew up, Wilson's interval. The file has both.",
      columns: [
        "variant", "training_trajectories", "from", "to", "blow_ups", "forecasts", "wilson_lower",
        "wilson_upper",
      ]
        + Self.columns("rate"))
    table.header = ["Variant", "Forecasts"] + analysis.windows.map { "Steps \($0)" }
    for variant in variants {
      table.rows.append(
        [variant.variant.name, "\(variant.horizon.blowUps.total)"]
          + variant.windows.map { window in
            let rate = window.blowUps
            let degenerate = rate.count == 0 || rate.count == rate.total
            let (lower, upper) =
              degenerate
              ? (rate.lower, rate.upper)
              : (window.blowUpRate?.lower ?? rate.lower, window.blowUpRate?.upper ?? rate.upper)
            return "\(rate.count) (\(Numbers.percentRange(lower, upper)))"
          })
      for window in variant.windows {
        table.records.append(
          [
            .text(variant.variant.name), .count(variant.trainingTrajectories), .count(window.window.from),
            .count(window.window.to), .count(window.blowUps.count), .count(window.blowUps.total),
            .number(window.blowUps.lower), .number(window.blowUps.upper),
          ] + Self.cells(window.blowUpRate))
      }
    }
    return table
  }

  private var stability: Table {
    var table = Table(
      "stability", title: "Training stability",
      caption:
        "Spread over initialisations. Loss: mean squared error of the last epoch; its variation is the standard deviation over "
        + "the mean. Spread of the error: standard deviation over members of log₁₀ of a member's median error (0.1 is a "
        + "factor of 1.26). Last: members of which at least one forecast blew up.",
      columns: ["variant", "members", "failed"]
        + ["loss", "loss_variation", "log10_error_spread"].flatMap(Self.columns)
        + ["best_member_error", "worst_member_error", "members_with_blow_ups"])
    table.header = [
      "Variant", "Training loss", "Variation of the loss", "Members' median errors",
      "Spread of the error (log₁₀)",
      "Members with blow-ups",
    ]
    for variant in variants {
      let stability = variant.stability
      let medians = stability.memberMedians.compactMap { $0 }
      table.rows.append([
        variant.variant.name, Numbers.text(stability.loss), Numbers.percent(stability.lossVariation),
        medians.isEmpty ? "–" : Numbers.range(medians.min() ?? .nan, medians.max() ?? .nan),
        Numbers.text(stability.errorSpread),
        "\(stability.membersWithBlowUps.count) of \(stability.membersWithBlowUps.total)",
      ])
      table.records.append(
        [.text(variant.variant.name), .count(variant.members.count), .count(variant.failed)]
          + [stability.loss, stability.lossVariation, stability.errorSpread].flatMap(Self.cells)
          + [.number(medians.min()), .number(medians.max()), .count(stability.membersWithBlowUps.count)])
    }
    return table
  }
}
