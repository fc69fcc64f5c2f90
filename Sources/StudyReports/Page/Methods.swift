import EnsembleAnalysis
import TextFormatting

extension Page {
  /// The definitions that a reader needs to repeat the statistics.
  static func methods(_ analysis: StudyAnalysis) -> String {
    let paragraphs = [
      "Forecasts start from the first state of a test trajectory"
        + (analysis.variants.contains { $0.features.lags != nil }
          ? ", or from as many first rows as a variant's lags need, from the last of which steps are counted,"
          : "")
        + " and use its recorded inputs. The error is AN-RFMAE, the mean "
        + "over steps and states of |x̂ − x| / σ, σ being the state's standard deviation over the training set. A forecast "
        + "blows up in a window if at some step the mean over the states is above 3 or not finite.",
      "Intervals are 95 % intervals. Those of errors, blow-up rates and their differences resample members and test "
        + "trajectories independently (\(analysis.replicates) replicates; Owen 2007), because forecasts of one member, or of one "
        + "trajectory, are not independent. Comparisons between variants use the same draws for both. Intervals of a mean "
        + "over members resample members; with fewer than ten members they are somewhat narrow. Proportions of members have "
        + "Wilson's intervals. All random draws have fixed seeds: the same folder gives the same report.",
      "A learned input feature by reachability is an input from which a path of weights leads to the output. By sensitivity "
        + "it is one whose root-mean-square derivative over \(analysis.data.pointCount) test "
        + "samples is at least \(Numbers.plain(ConsensusFeatures.relevant)) in standardised units. Reliability is the "
        + "intraclass correlation of the derivative between members over the same samples. The consensus rule is: "
        + "\(ConsensusRule.primary.words)."
        + (analysis.variants.contains { $0.variant.hiddenStates > 0 }
          ? " " + HiddenStateEffects.sentence : ""),
    ]
    return "<section id=\"methods\"><h2>Methods</h2>\n"
      + paragraphs.map { "<p>\(HTML.escaped($0))</p>\n" }.joined() + "</section>\n"
  }
}
