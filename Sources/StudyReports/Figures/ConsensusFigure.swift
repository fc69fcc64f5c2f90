import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// How the consensus rule divides the pairs of input and output: sensitivity over error, and how reliable it is, a panel
/// for each featured variant.
enum ConsensusFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let shown = analysis.featured().filter { $0.members.count >= 2 }
    guard !shown.isEmpty else { return nil }
    let columns = shown.count == 4 ? 2 : min(3, shown.count)
    let rows = (shown.count + columns - 1) / columns
    let (width, cell) = (860.0, 250.0)
    let height = 40 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot")
    script.add("set xrange [-3.2:5.2]; set yrange [-0.25:1.06]; set ytics 0.25")
    script.add(GnuplotScript.decades("x", -3...5))
    script.label(
      GnuplotScript.quoted(
        "Sensitivity over the member's own one-step error, reached by nine of ten members"),
      x: width / 2, y: 10,
      alignment: "center")
    script.label(
      GnuplotScript.quoted("Reliability: shared part of the derivative's square") + " rotate by 90", x: 14,
      y: 32 + (height - 90) / 2, alignment: "center")
    let (left, gap) = (64.0, 40.0)
    let panel = (width - left - 16 - gap * Double(columns - 1)) / Double(columns)
    let isKnown = analysis.truth != nil
    for (index, variant) in shown.enumerated() {
      let (column, row) = (index % columns, index / columns)
      let x = left + Double(column) * (panel + gap)
      let top = height - 46 - Double(row) * cell
      script.panel(left: x, right: x + panel, bottom: top - cell + 50, top: top)
      script.add(
        "set title \(GnuplotScript.quoted(Names.short(variant.variant.name, to: Int(panel / 6.4)))) offset 0,-0.7"
      )
      var groups: [[[Double]]] = [[], []]
      let threshold = variant.features.consensus[0].threshold
      var wrong: [(name: String, x: Double, y: Double)] = []
      for output in analysis.outputNames.indices {
        for input in analysis.inputNames.indices
        where variant.features.reachFrequency[output][input].count > 0 {
          let truth = analysis.truth?.arguments[output][input] ?? true
          let ratio = variant.features.overError[output][input]
          let place = min(5.1, max(-3.1, log10(max(1e-9, ratio))))
          let reliability = max(-0.25, variant.features.reliability[output][input])
          groups[truth ? 0 : 1].append([place, reliability])
          if isKnown, truth != (ratio > threshold) {
            wrong.append(
              ("\(analysis.inputNames[input])→\(analysis.outputNames[output])", place, reliability))
          }
        }
      }
      for label in labels(wrong) { script.add(label) }
      script.add(
        "set arrow from first \(GnuplotScript.number(log10(threshold))),graph 0 to first \(GnuplotScript.number(log10(threshold))),graph 1 nohead dt 2 lw 1 lc rgb '\(Palette.axis)'"
      )
      var parts: [String] = []
      for (group, points) in groups.enumerated().reversed() where !points.isEmpty {
        script.data("g\(index)_\(group)", points)
        parts.append(
          "$g\(index)_\(group) using 1:2 with points "
            + (group == 0
              ? "pt 7 ps 0.55 lc rgb '\(Palette.blue)'" : "pt 6 ps 0.6 lw 1.2 lc rgb '\(Palette.vermilion)'"))
      }
      script.plot(parts.isEmpty ? ["NaN"] : parts)
      script.add("unset arrow; unset label")
    }
    var key = FigureKey()
    key.add(
      .point(type: 7, size: 0.6, colour: Palette.blue),
      isKnown ? "argument of the true equation" : "input and output")
    if isKnown { key.add(.point(type: 6, size: 0.6, colour: Palette.vermilion), "not an argument") }
    key.add(.line(colour: Palette.axis, width: 1, dash: 2), "threshold")
    key.finish(&script)
    return Figure(
      "consensus", title: "How consensus features are chosen",
      caption:
        "Each point is a pair of input and output that is not pruned in all members. Pairs at the right of the dashed line, "
        + "\(ConsensusRule.primary.words), are consensus features: what the input does can be told from what the network gets "
        + "wrong. The rule doesn't use the truth. Reliability is the intraclass correlation of the derivative between members "
        + "at the same test samples: 1 if all initialisations learned the same dependence, 0 if they have nothing in common."
        + (isKnown ? " Up to four pairs that it gets wrong are named." : ""),
      .gnuplot(script.text(name: "consensus")))
  }

  /// Names below the points, one below the other where they would overlap; none if there are more than four.
  private static func labels(_ points: [(name: String, x: Double, y: Double)]) -> [String] {
    guard points.count <= 4 else { return [] }
    var taken: [(x: Double, y: Double)] = []
    return points.sorted { ($0.y, $0.x) > ($1.y, $1.x) }.map { point in
      var y = point.y - 0.07
      while taken.contains(where: { abs($0.y - y) < 0.07 && abs($0.x - point.x) < 1.1 }) { y -= 0.07 }
      taken.append((point.x, y))
      return
        "set label \(GnuplotScript.quoted(point.name)) at \(GnuplotScript.number(point.x)),"
        + "\(GnuplotScript.number(y)) center font ',9' tc rgb '\(Palette.ink)' front"
    }
  }
}
