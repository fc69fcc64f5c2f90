import Foundation
import TextFormatting
import TrajectoryData

/// Writes ensemble statistics as plain text for a terminal.
package enum StatisticsTable {
  /// Compares the variants: members, training loss, weights left, distinct structures; median errors and blow-ups by
  /// window; and, if there are any, the members that failed.
  ///
  /// - Parameters:
  ///   - statistics: the statistics of the study.
  ///   - width: columns after which tables are continued below, at least 80.
  package static func comparison(_ statistics: EnsembleStatistics, width: Int = 100) -> String {
    let variants = statistics.variants
    let names = variants.map { TextTable.shortened($0.variant, to: 30) }
    let windows = variants.first?.windows.map(\.window) ?? []
    let hasHiddenStates = variants.contains { $0.hiddenStatesLeft != nil }
    let sizes = TextTable(
      header: ["variant", "members", "training loss", "weights left", "of", "structures", "by layer"]
        + (hasHiddenStates ? ["hidden states"] : []),
      rows: zip(names, variants).map { name, variant in
        [
          name, "\(variant.finished)/\(variant.finished + variant.failures.count)",
          plusMinus(variant.trainingLoss, "%.3g"),
          plusMinus(variant.weightsLeft, "%.1f"),
          variant.weightsBefore.mean.map { String(format: "%.0f", $0) } ?? "–",
          "\(variant.distinctStructures)",
          variant.weightsLeftByLayer.map { $0.mean.map { String(format: "%.0f", $0) } ?? "–" }.joined(
            separator: " "),
        ] + (hasHiddenStates ? [variant.hiddenStatesLeft.map { plusMinus($0, "%.1f") } ?? "–"] : [])
      })
    let errors = TextTable(
      header: ["variant"] + windows.map(\.description),
      rows: zip(names, variants).map { name, variant in
        [name] + variant.windows.map { error($0.meanAbsolute.q50) }
      })
    let blowUps = TextTable(
      header: ["variant", "of"] + windows.map(\.description),
      rows: zip(names, variants).map { name, variant in
        [name] + blowUpCells(variant.windows.map(\.blowUps))
      })
    var lines = sizes.lines(width: width)
    lines += ["", "Median AN-RFMAE of forecasts that did not blow up, by window of steps", ""]
    lines += errors.lines(width: width)
    lines += ["", "Forecasts that blew up, by window of steps (95 % interval of the rate)", ""]
    lines += blowUps.lines(width: width)
    lines += failures(variants)
    return lines.joined(separator: "\n") + "\n"
  }

  /// One variant's learned input features: for each output and input, in how many percent of the members the input
  /// reaches the output; and the most frequent set of inputs of each output.
  package static func features(
    of variant: VariantStatistics, in statistics: EnsembleStatistics, width: Int = 100
  ) -> String {
    let title = "Learned input features of '\(variant.variant)', percent of \(variant.finished) members"
    guard variant.finished > 0 else { return title + "\n\nno member finished\n" }
    let table = TextTable(
      header: [""] + statistics.inputs,
      rows: zip(statistics.outputs, variant.featureFrequencies).map { output, row in
        [output] + row.map(percent)
      })
    let sets = zip(statistics.outputs, variant.featureSets).map { output, sets in
      let best = sets.first
      let inputs = best.map { $0.inputs.isEmpty ? "(none)" : $0.inputs.joined(separator: " ") } ?? "–"
      let others = sets.count - 1
      return [
        output, inputs, "\(best?.frequency.count ?? 0)/\(variant.finished)",
        others > 0 ? "\(others)" : "–",
      ]
    }
    let setTable = TextTable(
      header: ["", "most frequent set of inputs", "members", "other sets"], rows: sets, leftAligned: [0, 1])
    var lines = [title, ""] + table.lines(width: width)
    lines += [""] + setTable.lines(width: width)
    if let lags = variant.lagFrequencies {
      let hidden = Regressor.hiddenStateNames(
        lags.frequencies.count - statistics.outputs.count, besides: statistics.inputs)
      let rows = zip(statistics.outputs + hidden, lags.frequencies).map { output, row in
        let found = zip(lags.columns, row).filter { $1.count > 0 }.map { "\($0) \(percent($1))" }
        return [output, found.isEmpty ? "(none)" : found.joined(separator: ", ")]
      }
      let lagTable = TextTable(
        header: ["", "lags that reach it, percent of members"], rows: rows, leftAligned: [0, 1])
      lines += [""] + lagTable.lines(width: width)
    }
    if let whole = variant.wholeFeatureSets.first {
      let count = "\(whole.frequency.count) of \(variant.finished) members"
      lines += [
        "",
        "\(variant.wholeFeatureSets.count) distinct sets over all outputs; the most frequent has \(count)",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func failures(_ variants: [VariantStatistics]) -> [String] {
    let shown = 20
    let lines = variants.flatMap { variant in
      variant.failures.map { failed in
        let places = [failed.failure.epoch.map { "epoch \($0)" }, failed.failure.step.map { "step \($0)" }]
        let place = places.compactMap(\.self).joined(separator: ", ")
        return "  \(variant.variant) member \(failed.member) (seed \(failed.seed)): \(failed.failure.reason)"
          + (place.isEmpty ? "" : " (\(place))")
      }
    }
    guard !lines.isEmpty else { return [] }
    let rest = lines.count > shown ? ["  … and \(lines.count - shown) more"] : []
    return ["", "Members that failed", ""] + lines.prefix(shown) + rest
  }

  private static func plusMinus(_ summary: Summary, _ format: String) -> String {
    guard let mean = summary.mean else { return "–" }
    let spread = summary.standardDeviation.map { " ± " + String(format: format, $0) } ?? ""
    return String(format: format, mean) + spread
  }

  private static func error(_ value: Double?) -> String {
    value.map { $0.isFinite ? String(format: "%#.3g", $0) : "∞" } ?? "–"
  }

  /// The number of forecasts, then for each window how many blew up and the interval.
  private static func blowUpCells(_ proportions: [Proportion]) -> [String] {
    let totals = Set(proportions.map(\.total))
    let common = totals.count == 1 ? totals.first : nil
    return [common.map(String.init) ?? "–"]
      + proportions.map { proportion in
        guard proportion.total > 0 else { return "–" }
        let count = common == nil ? "\(proportion.count)/\(proportion.total)" : "\(proportion.count)"
        return count + String(format: " (%.1f–%.1f %%)", 100 * proportion.lower, 100 * proportion.upper)
      }
  }

  private static func percent(_ proportion: Proportion) -> String {
    guard let value = proportion.value, proportion.count > 0 else { return "·" }
    if proportion.count == proportion.total { return "100" }
    return String(format: "%.0f", min(99, max(1, 100 * value)))
  }
}

extension StatisticsTable {
  /// A penalty path: what each weight gave on the validation trajectories, which is chosen (marked with an arrow), and
  /// why.
  package static func path(_ path: PathStatistics, width: Int = 100) -> String {
    let table = TextTable(
      header: [
        "", path.target == .variants ? "variant" : path.target?.countedThing ?? "weight", "error",
        "standard error", "blow-ups",
        "weights left", "similarity",
      ],
      rows: path.candidates.map { candidate in
        [
          candidate.variant == path.chosen ? "→" : "",
          path.target == .variants ? candidate.variant : number(candidate.weight), number(candidate.error),
          number(candidate.standardError), "\(candidate.blowUps.count)/\(candidate.blowUps.total)",
          candidate.weightsLeft.mean.map { String(format: "%.1f", $0) } ?? "–", number(candidate.similarity),
        ]
      })
    let kind = path.target.map { $0 == .variants ? "Variants of" : "Hidden states of" } ?? "Penalty path"
    let title =
      "\(kind) '\(path.path)' on \(path.validationTrajectories) validation trajectories or blocks (\(path.rule.rawValue))"
    return ([title, ""] + table.lines(width: width) + ["", path.reason]).joined(separator: "\n") + "\n"
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.3g", $0) } ?? "–"
  }
}
