import EnsembleAnalysis

extension StudyTables {
  /// How sensitivities are meant with hidden states; empty if no variant has any.
  var hiddenStateSentence: String {
    analysis.variants.contains { $0.variant.hiddenStates > 0 } ? " " + HiddenStateEffects.sentence : ""
  }

  /// The lags that ensembles have found; in the file every lag of every output.
  var lags: Table {
    var table = Table(
      "lags", title: "Lags and dead times",
      caption:
        "Of variants that see past rows: the lags that the ensemble as a whole has found for each output, by the rule of "
        + "consensus features, with the number of members that they reach. [t-d] is the value d samples ago; an input whose "
        + "newest lag found is [t-d] has a dead time of d samples." + hiddenStateSentence
        + (analysis.truth == nil
          ? ""
          : " Exact: members that are reached by the true arguments after their dead times and by nothing else."),
      columns: [
        "variant", "output", "signal", "column", "members", "reached", "sensitivity", "over_error",
        "consensus",
        "true_argument",
      ])
    table.header =
      ["Variant", "Output", "Consensus (members reached)", "Reached in some members only"]
      + (analysis.truth == nil ? [] : ["True arguments", "Exact"])
    for variant in analysis.variants where !variant.members.isEmpty {
      guard let lags = variant.features.lags else { continue }
      for (output, name) in analysis.outputNames.enumerated() {
        let reached = lags.reachFrequency[output]
        let isFound = lags.consensus.features[output]
        func listed(_ isShown: (Int) -> Bool) -> String {
          let names = lags.columns.indices.filter(isShown).map {
            "\(lags.columns[$0]) (\(reached[$0].count))"
          }
          return names.isEmpty ? "none" : names.joined(separator: ", ")
        }
        var row = [
          variant.variant.name, name, listed { isFound[$0] },
          listed { !isFound[$0] && reached[$0].count > 0 },
        ]
        if !lags.truth.isEmpty {
          let names = lags.columns.indices.filter { lags.truth[output][$0] }.map { lags.columns[$0] }
          row += [
            names.joined(separator: ", "), "\(lags.exact[output].count) of \(lags.exact[output].total)",
          ]
        }
        table.rows.append(row)
        for (column, columnName) in lags.columns.enumerated() {
          table.records.append([
            .text(variant.variant.name), .text(name), .text(lags.signals[column]),
            .text(columnName), .count(variant.members.count), .count(reached[column].count),
            .number(lags.sensitivity[output][column]), .number(lags.overError[output][column]),
            .count(isFound[column] ? 1 : 0),
            lags.truth.isEmpty ? .number(nil) : .count(lags.truth[output][column] ? 1 : 0),
          ])
        }
      }
    }
    // A row as wide as the header where the truth of some variants is unknown.
    table.rows = table.rows.map { $0 + .init(repeating: "–", count: max(0, table.header.count - $0.count)) }
    return table
  }
}
