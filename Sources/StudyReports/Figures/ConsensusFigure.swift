import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// How the consensus rule divides the pairs of input and output: reliability against sensitivity, a panel for each
/// featured variant.
enum ConsensusFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let shown = analysis.featured().filter { $0.members.count >= 2 }
    guard !shown.isEmpty else { return nil }
    let columns = min(3, shown.count)
    let rows = (shown.count + columns - 1) / columns
    let (width, cell) = (860.0, 250.0)
    let height = 40 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot")
    script.add("set xrange [-4:1.2]; set yrange [-0.25:1.06]; set ytics 0.25")
    script.add(GnuplotScript.decades("x", -4...1))
    script.label(
      GnuplotScript.quoted("Sensitivity that members share (root mean square, standardised units)"),
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
        where variant.features.sensitivity[output][input] > 0 || variant.features.shared[output][input] > 0 {
          let truth = analysis.truth?.arguments[output][input] ?? true
          let shared = max(-4, log10(max(1e-9, variant.features.shared[output][input])))
          let reliability = max(-0.25, variant.features.reliability[output][input])
          groups[truth ? 0 : 1].append([shared, reliability])
          if isKnown, truth != (reliability > threshold) {
            wrong.append(
              ("\(analysis.inputNames[input])→\(analysis.outputNames[output])", shared, reliability))
          }
        }
      }
      for label in labels(wrong, panel: panel) { script.add(label) }
      script.add(
        "set arrow from graph 0,first \(GnuplotScript.number(threshold)) to graph 1,first \(GnuplotScript.number(threshold)) nohead dt 2 lw 1 lc rgb '\(Palette.axis)'"
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
        "Each point is a pair of input and output that is not pruned in all members. Reliability is the intraclass "
        + "correlation of the derivative between members at the same test samples: 1 if all initialisations learned the same "
        + "dependence, 0 if they have nothing in common. Pairs above the dashed threshold, \(ConsensusRule.primary.words), are "
        + "consensus features; the threshold doesn't use the truth."
        + (isKnown ? " Pairs that it gets wrong are named." : ""),
      .gnuplot(script.text(name: "consensus")))
  }

  /// Names at the left of the points, one below the other where they would overlap; none if there are more than eight.
  private static func labels(_ points: [(name: String, x: Double, y: Double)], panel: Double) -> [String] {
    guard points.count <= 8 else { return [] }
    var taken: [(right: Bool, x: Double, y: Double)] = []
    return points.sorted { ($0.y, $0.x) > ($1.y, $1.x) }.enumerated().map { index, point in
      let right = index % 2 == 1
      var y = point.y
      while taken.contains(where: { $0.right == right && abs($0.y - y) < 0.055 && abs($0.x - point.x) < 1.3 })
      {
        y -= 0.055
      }
      taken.append((right, point.x, y))
      return
        "set label \(GnuplotScript.quoted(point.name)) at \(GnuplotScript.number(point.x + (right ? 0.12 : -0.12))),"
        + "\(GnuplotScript.number(y)) \(right ? "left" : "right") font ',9' tc rgb '\(Palette.ink)' front"
    }
  }
}
