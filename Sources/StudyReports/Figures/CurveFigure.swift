import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Training curves of all members, a panel for each variant.
enum CurveFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let shown = analysis.variants.filter { variant in variant.members.contains { $0.trainingCurve.count > 1 }
    }
    guard !shown.isEmpty else { return nil }
    let columns = min(shown.count, 4)
    let rows = (shown.count + columns - 1) / columns
    let (width, cell) = (860.0, shown.count <= 4 ? 210.0 : 150.0)
    let height = 46 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    let losses = shown.flatMap { $0.members.flatMap { $0.trainingCurve.filter { $0 > 0 } } }
    let (low, high) = (losses.min() ?? 1e-3, losses.max() ?? 1)
    let epochs = shown.flatMap { $0.members.map(\.trainingCurve.count) }.max() ?? 1
    script.add("set multiplot")
    script.add("set border 3; set xrange [1:\(max(2, epochs))]")
    script.add(
      "set yrange [\(GnuplotScript.number(log10(low) - 0.05)):\(GnuplotScript.number(log10(high) + 0.05))]")
    let (left, gap) = (62.0, 16.0)
    let panel = (width - left - 12 - gap * Double(columns - 1)) / Double(columns)
    script.label(GnuplotScript.quoted("Epoch"), x: left + (width - left - 12) / 2, y: 10, alignment: "center")
    script.label(
      GnuplotScript.quoted("Mean squared error") + " rotate by 90", x: 14, y: 34 + (height - 46) / 2,
      alignment: "center")
    for (index, variant) in shown.enumerated() {
      let (column, row) = (index % columns, index / columns)
      let x = left + Double(column) * (panel + gap)
      let top = height - 20 - Double(row) * cell
      script.panel(left: x, right: x + panel, bottom: top - cell + 34, top: top)
      script.add(
        "set title \(GnuplotScript.quoted(Names.short(variant.variant.name, to: Int(panel / 6.4)))) offset 0,-0.7"
      )
      script.add(GnuplotScript.decades("y", log10(low)...log10(high), labelled: column == 0))
      var parts: [String] = []
      let colour = NetworkKind(variant).colour
      for (member, record) in variant.members.enumerated() {
        script.data(
          "c\(index)m\(member)", thinned(record.trainingCurve).map { [$0.0, $0.1 > 0 ? log10($0.1) : .nan] })
        parts.append("$c\(index)m\(member) using 1:2 with lines lw 0.6 lc rgb '#66\(colour.dropFirst())'")
      }
      script.data("median\(index)", median(variant.members.map(\.trainingCurve)))
      parts.append("$median\(index) using 1:2 with lines lw 1.8 lc rgb '\(colour)'")
      script.plot(parts)
      script.add("unset label")
    }
    return Figure(
      "curves", title: "Training curves",
      caption:
        "Mean squared error of the standardised targets over each epoch, without the penalty, logarithmic. Thin: each "
        + "member, that is, each initialisation; thick: their median. The closer the thin lines, the less a result "
        + "depends on the initialisation.", .gnuplot(script.text(name: "curves")))
  }

  /// At most 200 points of a curve.
  private static func thinned(_ curve: [Double]) -> [(Double, Double)] {
    let step = max(1, curve.count / 200)
    return curve.indices.filter { $0 % step == 0 || $0 == curve.count - 1 }.map {
      (Double($0 + 1), curve[$0])
    }
  }

  private static func median(_ curves: [[Double]]) -> [[Double]] {
    let length = curves.map(\.count).min() ?? 0
    let all = (0..<length).map { epoch in
      Quantiles.median(of: curves.map { $0[epoch] }) ?? .nan
    }
    return thinned(all).map { [$0.0, $0.1 > 0 ? log10($0.1) : .nan] }
  }
}
