import EnsembleAnalysis
import EnsembleStudies
import StudyFiles

extension StudyTables {
  var agreement: Table {
    var table = Table(
      "agreement", title: "Agreement of learned input features between initialisations",
      caption:
        "Mean Jaccard similarity of pairs of members, averaged over outputs; beside it what random sets of the same sizes "
        + "would have. By sensitivity: root-mean-square derivative of at least "
        + "\(Numbers.plain(ConsensusFeatures.relevant)) in standardised units. By reachability: through the weights left; a "
        + "network that uses every input agrees trivially." + hiddenStateSentence,
      columns: ["variant", "output"] + ["sensitivity_similarity", "reach_similarity"].flatMap(Self.columns)
        + ["sensitivity_by_chance", "reach_by_chance"])
    table.header = ["Variant", "By sensitivity", "By chance", "By reachability", "By chance"]
    for variant in analysis.variants where !variant.members.isEmpty {
      let (sensitivity, reach) = (variant.features.sensitivityAgreement, variant.features.reachAgreement)
      table.rows.append([
        variant.variant.name, Numbers.text(sensitivity.similarity),
        sensitivity.byChance.map { Numbers.text($0) } ?? "–", Numbers.text(reach.similarity),
        reach.byChance.map { Numbers.text($0) } ?? "–",
      ])
      table.records.append(
        [.text(variant.variant.name), .text("all")] + Self.cells(sensitivity.similarity)
          + Self.cells(reach.similarity) + [.number(sensitivity.byChance), .number(reach.byChance)])
      for (index, output) in analysis.outputNames.enumerated() {
        table.records.append(
          [.text(variant.variant.name), .text(output)] + Self.cells(sensitivity.byOutput[index])
            + Self.cells(reach.byOutput[index]) + [.number(nil), .number(nil)])
      }
    }
    return table
  }

  var structures: Table {
    var table = Table(
      "structures", title: "Distinct structures",
      caption:
        "Which weights are left, up to the numbering of hidden units within a layer: two members have the same structure if "
        + "and only if renaming hidden units makes their pruned networks use the same connections.",
      columns: ["variant", "digest", "members", "of", "lower", "upper"])
    table.header = ["Variant", "Distinct structures", "Most frequent", "Its share (Wilson, 95 %)"]
    for variant in analysis.variants {
      guard let first = variant.structures.first?.frequency else { continue }
      table.rows.append([
        variant.variant.name, "\(variant.structures.count) in \(variant.members.count) members",
        "\(first.count) of \(first.total)",
        Numbers.percentRange(first.lower, first.upper),
      ])
      for structure in variant.structures {
        table.records.append([
          .text(variant.variant.name), .text(structure.digest), .count(structure.frequency.count),
          .count(structure.frequency.total), .number(structure.frequency.lower),
          .number(structure.frequency.upper),
        ])
      }
    }
    return table
  }

  var rules: Table {
    var table = Table(
      "consensus-rules", title: "Consensus features against the true arguments",
      caption:
        "The first rule is the report's; for the best variant the others show how much depends on the choice. No rule looks at the truth. Precision: "
        + "share of consensus features that are arguments of the true differential equation; recall: share of its arguments "
        + "that are found. “Of the sampled system” counts a feature as right, too, if the equation integrated over one "
        + "sampling step depends on it with a sensitivity of at least 0.01.",
      columns: ["variant", "rule", "threshold"] + Self.columns("precision") + Self.columns("recall")
        + ["features", "right", "arguments", "wrong_features", "missed_arguments", "sampled_precision"])
    table.header = [
      "Variant", "Rule", "Threshold", "Precision", "Recall", "Not arguments", "Missed",
      "Precision of the sampled system",
    ]
    guard let truth = analysis.truth else { return table }
    for variant in analysis.variants where variant.members.count >= 2 {
      for (consensus, score) in zip(variant.features.consensus, variant.features.scores) {
        var (wrong, missed, sampled): ([String], [String], Int) = ([], [], 0)
        for (output, row) in consensus.features.enumerated() {
          for (input, isFeature) in row.enumerated() {
            let isTrue = truth.arguments[output][input]
            let name = "\(analysis.inputNames[input])→\(analysis.outputNames[output])"
            if isFeature && !isTrue { wrong.append(name) }
            if !isFeature && isTrue { missed.append(name) }
            let ofSampled = (variant.features.trueSensitivities?[output][input] ?? 0) >= 0.01
            if isFeature && (isTrue || ofSampled) { sampled += 1 }
          }
        }
        let ofSampled = Proportion(sampled, of: score.precision.total)
        func listed(_ names: [String]) -> String {
          names.count > 6 ? "\(names.count)" : names.isEmpty ? "none" : names.joined(separator: " ")
        }
        let isPrimary = consensus.rule == ConsensusRule.primary
        if isPrimary || variant.variant.name == analysis.best?.variant.name {
          table.rows.append([
            variant.variant.name, consensus.rule.words, Numbers.text(consensus.threshold),
            proportion(score.precision), proportion(score.recall), listed(wrong), listed(missed),
            proportion(ofSampled),
          ])
        }
        table.records.append(
          [.text(variant.variant.name), .text(consensus.rule.rawValue), .number(consensus.threshold)]
            + [score.precision, score.recall].flatMap {
              [.number($0.value), .number($0.lower), .number($0.upper)] as [Table.Cell]
            }
            + [
              .count(score.precision.total), .count(score.precision.count), .count(score.recall.total),
              .text(wrong.joined(separator: " ")), .text(missed.joined(separator: " ")),
              .number(ofSampled.value),
            ])
      }
    }
    return table
  }

  private func proportion(_ proportion: Proportion) -> String {
    proportion.value.map { "\(Numbers.text($0)) (\(proportion.count)/\(proportion.total))" } ?? "–"
  }

  var ensembles: Table {
    var table = Table(
      "ensembles", title: "Ensemble forecasts",
      caption:
        "On \(analysis.forecastTrajectories) of \(analysis.data.signals.count(.test)) test trajectories, at most "
        + "\(TestData.maximumRows) rows of each. The ensemble's forecast is the median over members. A member leaves the "
        + "ensemble of a trajectory when it is not finite or on average over the states more than 3 σ from the median; that "
        + "doesn't use the truth. Coverage: share of states and rows within the members' central band; in brackets what it "
        + "would be if the truth were one more member.",
      columns: ["variant", "members", "trajectories", "excluded", "ensemble_blow_ups"]
        + ["ensemble_error", "member_error", "ratio", "coverage_50", "coverage_90"].flatMap(Self.columns))
    table.header = [
      "Variant", "Ensemble's median error", "Members' median error", "Ratio", "Blow-ups of the ensemble",
      "Members excluded",
      "Coverage of the 50 % band", "Coverage of the 90 % band",
    ]
    for variant in analysis.variants {
      guard let ensemble = variant.ensemble else { continue }
      let errors = ensemble.errors(replicates: analysis.replicates)
      let coverage = ensemble.coverage(replicates: analysis.replicates)
      let (half, most) = (coverage[9], coverage[17])
      table.rows.append([
        variant.variant.name, Numbers.text(errors.ensemble), Numbers.text(errors.members),
        Numbers.text(errors.ratio),
        "\(ensemble.blowUps.count) of \(ensemble.blowUps.total)",
        "\(ensemble.excluded.count) of \(ensemble.excluded.total)",
        Numbers.percent(half) + " [\(Numbers.percent(ensemble.exchangeableCoverage(0.5)))]",
        Numbers.percent(most) + " [\(Numbers.percent(ensemble.exchangeableCoverage(0.9)))]",
      ])
      table.records.append(
        [
          .text(variant.variant.name), .count(ensemble.members), .count(ensemble.trajectories),
          .count(ensemble.excluded.count), .count(ensemble.blowUps.count),
        ] + [errors.ensemble, errors.members, errors.ratio, half, most].flatMap(Self.cells))
    }
    return table
  }

  var features: Table {
    var table = Table(
      "features", title: "Learned input features", caption: "",
      columns: [
        "variant", "output", "input", "members", "reached", "reached_lower", "reached_upper", "sensitive",
        "sensitivity",
        "shared_sensitivity", "over_error", "reliability", "consensus", "true_argument",
        "true_sensitivity_of_sampled_system",
      ])
    for variant in analysis.variants where !variant.members.isEmpty {
      let features = variant.features
      for (output, outputName) in analysis.outputNames.enumerated() {
        for (input, inputName) in analysis.inputNames.enumerated() {
          let reach = features.reachFrequency[output][input]
          table.records.append([
            .text(variant.variant.name), .text(outputName), .text(inputName), .count(reach.total),
            .count(reach.count),
            .number(reach.lower), .number(reach.upper),
            .count(features.sensitivityFrequency[output][input].count),
            .number(features.sensitivity[output][input]), .number(features.shared[output][input]),
            .number(features.overError[output][input]), .number(features.reliability[output][input]),
            .count(features.consensus[0].features[output][input] ? 1 : 0),
            .number(analysis.truth.map { $0.arguments[output][input] ? 1 : 0 }),
            .number(features.trueSensitivities?[output][input]),
          ])
        }
      }
    }
    return table
  }

  var calibration: Table {
    var table = Table(
      "calibration", title: "Calibration", caption: "",
      columns: ["variant", "level"] + Self.columns("coverage") + ["if_truth_were_a_member"])
    for variant in analysis.variants {
      guard let ensemble = variant.ensemble else { continue }
      let coverage = ensemble.coverage(replicates: analysis.replicates)
      for (level, interval) in zip(EnsembleAccuracy.levels, coverage) {
        table.records.append(
          [.text(variant.variant.name), .number(level)] + Self.cells(interval)
            + [.number(ensemble.exchangeableCoverage(level))])
      }
    }
    return table
  }

  var curves: Table {
    var table = Table(
      "training-curves", title: "Training curves", caption: "",
      columns: ["variant", "member", "epoch", "loss"])
    for variant in analysis.variants {
      for (index, member) in zip(variant.indices, variant.members) {
        for (epoch, loss) in member.trainingCurve.enumerated() {
          table.records.append([.text(variant.variant.name), .count(index), .count(epoch + 1), .number(loss)])
        }
      }
    }
    return table
  }
}
