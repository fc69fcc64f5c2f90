import EnsembleAnalysis
import EnsembleStudies

extension StudyTables {
  /// The measurement noise of each output, estimated by each variant.
  var noise: Table {
    let isKnown = analysis.study.dataset.measurementNoise != nil
    var table = Table(
      "noise", title: "Measurement noise",
      caption:
        "Standard deviations of white noise on the measured outputs, from one-step residuals on "
        + "\(analysis.data.pointCount) test samples: what remains of them after the noise that a member's own inputs pass into "
        + "its prediction. Median over members, and their range. What a network gets wrong counts as noise as well, so that "
        + "of several variants the least is nearest to it."
        + (isKnown ? " Simulated: the noise that was added." : ""),
      columns: ["variant", "output", "unit", "members", "noise", "least", "largest", "residual", "simulated"])
    table.header =
      ["Variant", "Output", "Noise", "Range over members", "One-step residual"]
      + (isKnown ? ["Simulated"] : [])
    let signals = Signals(analysis)
    for variant in analysis.variants where !variant.members.isEmpty {
      for (output, name) in analysis.data.signals.stateNames.enumerated() {
        let unit = signals.unit(output)
        func text(_ value: Double?) -> String {
          value.map { Numbers.text($0, digits: 3) + (unit.isEmpty ? "" : " \(unit)") } ?? "–"
        }
        let (noise, members) = (variant.noise, variant.noise.byMember[output])
        table.rows.append(
          [
            variant.variant.name, name, text(noise.median[output]),
            Numbers.range(members.min() ?? .nan, members.max() ?? .nan), text(noise.residual[output]),
          ] + (isKnown ? [text(noise.truth?[output])] : []))
        table.records.append([
          .text(variant.variant.name), .text(name), .text(unit), .count(members.count),
          .number(noise.median[output]), .number(members.min()), .number(members.max()),
          .number(noise.residual[output]), .number(noise.truth?[output]),
        ])
      }
    }
    return table
  }
}
