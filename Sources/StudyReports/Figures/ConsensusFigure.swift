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
    let height = 44 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot")
    script.add("unset key; set xrange [-4:1.2]; set yrange [-0.25:1.06]; set ytics 0.25")
    script.add(GnuplotScript.decades("x", -4...1))
    script.label(
      GnuplotScript.quoted("Sensitivity that members share (root mean square, standardised units)"), x: width / 2, y: 10,
      alignment: "center")
    script.label(
      GnuplotScript.quoted("Reliability: shared part of the derivative's square") + " rotate by 90", x: 14,
      y: 24 + (height - 44) / 2, alignment: "center")
    let (left, gap) = (64.0, 26.0)
    let panel = (width - left - 12 - gap * Double(columns - 1)) / Double(columns)
    let isKnown = analysis.truth != nil
    for (index, variant) in shown.enumerated() {
      let (column, row) = (index % columns, index / columns)
      let x = left + Double(column) * (panel + gap)
      let top = height - 38 - Double(row) * cell
      script.panel(left: x, right: x + panel, bottom: top - cell + 50, top: top)
      script.add("set title \(GnuplotScript.quoted(Names.short(variant.variant.name, to: Int(panel / 6.4)))) offset 0,-0.7")
      var groups: [[[Double]]] = [[], []]
      let threshold = variant.features.consensus[0].threshold
      var misses = 0
      for output in analysis.outputNames.indices {
        for input in analysis.inputNames.indices where variant.features.sensitivity[output][input] > 0 || variant.features.shared[output][input] > 0 {
          let truth = analysis.truth?.arguments[output][input] ?? true
          let shared = max(-4, log10(max(1e-9, variant.features.shared[output][input])))
          let reliability = max(-0.25, variant.features.reliability[output][input])
          groups[truth ? 0 : 1].append([shared, reliability])
          if isKnown, truth != (reliability > threshold), misses < 8 {
            misses += 1
            let name = "\(analysis.inputNames[input])→\(analysis.outputNames[output])"
            script.add(
              "set label \(GnuplotScript.quoted(name)) at \(GnuplotScript.number(shared)),\(GnuplotScript.number(reliability)) right offset -0.7,\(misses % 2 == 0 ? "0.4" : "-0.4") font ',8.5' tc rgb '\(Palette.ink)' front")
          }
        }
      }
      script.add("set arrow from graph 0,first \(GnuplotScript.number(threshold)) to graph 1,first \(GnuplotScript.number(threshold)) nohead dt 2 lw 1 lc rgb '\(Palette.axis)'")
      var parts: [String] = []
      for (group, points) in groups.enumerated().reversed() where !points.isEmpty {
        script.data("g\(index)_\(group)", points)
        parts.append(
          "$g\(index)_\(group) using 1:2 with points "
            + (group == 0 ? "pt 7 ps 0.55 lc rgb '\(Palette.blue)'" : "pt 6 ps 0.6 lw 1.2 lc rgb '\(Palette.vermilion)'"))
      }
      script.plot(parts.isEmpty ? ["NaN"] : parts)
      script.add("unset arrow; unset label")
    }
    script.panel(left: 0, right: width, bottom: height - 18, top: height)
    for command in [
      "unset title; unset tics; unset border; unset grid; set xrange [0:1]; set yrange [0:1]",
      "set key at screen 0.985,\(GnuplotScript.number(1 - 9 / height)) right center horizontal samplen 1",
    ] { script.add(command) }
    script.plot(
      isKnown
        ? [
          "NaN with points pt 7 ps 0.7 lc rgb '\(Palette.blue)' title 'argument of the true equation'",
          "NaN with points pt 6 ps 0.7 lw 1.2 lc rgb '\(Palette.vermilion)' title 'not an argument'",
          "NaN with lines dt 2 lw 1 lc rgb '\(Palette.axis)' title 'threshold'",
        ]
        : [
          "NaN with points pt 7 ps 0.7 lc rgb '\(Palette.blue)' title 'input and output'",
          "NaN with lines dt 2 lw 1 lc rgb '\(Palette.axis)' title 'threshold'",
        ])
    return Figure(
      "consensus", title: "How consensus features are chosen",
      caption:
        "Each point is a pair of input and output that is not pruned in all members. Reliability is the intraclass "
        + "correlation of the derivative between members at the same test samples: 1 if all initialisations learned the same "
        + "dependence, 0 if they have nothing in common. Pairs above the dashed threshold, the middle of the largest gap, "
        + "are consensus features; the threshold doesn't use the truth." + (isKnown ? " Pairs that it gets wrong are named." : ""),
      .gnuplot(script.text(name: "consensus")))
  }
}
