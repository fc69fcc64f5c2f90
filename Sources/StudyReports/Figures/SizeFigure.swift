import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Error and blow-ups against the number of training trajectories.
enum SizeFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let series = analysis.trainingSizes
    guard !series.isEmpty else { return nil }
    var script = GnuplotScript(width: 860, height: 340)
    script.add("set multiplot")
    let sizes = Set(series.flatMap { $0.variants.map { analysis.variants[$0].trainingTrajectories } })
      .sorted()
    let tics = sizes.map { "'\($0)' \(GnuplotScript.number(log10(Double($0))))" }.joined(separator: ", ")
    let (first, last) = (log10(Double(sizes[0])), log10(Double(sizes[sizes.count - 1])))
    let spread = 0.012 * (last - first)
    var medians: [String] = []
    var rates: [String] = []
    var key = FigureKey()
    var values: [Double] = []
    for (index, line) in series.enumerated() {
      let kind = NetworkKind(analysis.variants[line.variants[0]])
      let same = series[..<index].count { NetworkKind(analysis.variants[$0.variants[0]]) == kind }
      let shift = spread * (Double(index) - Double(series.count - 1) / 2)
      let rows = line.variants.map { variant -> [Double] in
        let result = analysis.variants[variant]
        let median = result.horizon.median
        let blowUps = result.horizon.blowUps
        values += [median?.lower, median?.upper].compactMap { $0 }.filter { $0 > 0 && $0.isFinite }
        return [
          log10(Double(result.trainingTrajectories)) + shift, log10(median?.estimate ?? .nan),
          log10(median?.lower ?? .nan), log10(median?.upper ?? .nan), 100 * (blowUps.value ?? .nan),
          100 * (result.horizon.blowUpRate?.lower ?? .nan), 100 * (result.horizon.blowUpRate?.upper ?? .nan),
        ]
      }
      script.data("s\(index)", rows)
      let look = "lc rgb '\(kind.colour)' dt \(same + 1) lw 1.4"
      let marks = "pt \(kind.point) ps 0.7 lc rgb '\(kind.colour)'"
      for (columns, list) in [("1:2:3:4", 0), ("1:5:6:7", 1)] {
        let parts = [
          "$s\(index) using \(columns) with yerrorbars pt 0 lw 1 lc rgb '\(kind.colour)'",
          "$s\(index) using \(columns.prefix(3)) with lines \(look)",
          "$s\(index) using \(columns.prefix(3)) with points \(marks)",
        ]
        if list == 0 { medians += parts } else { rates += parts }
      }
      key.add(
        .point(type: kind.point, size: 0.6, colour: kind.colour),
        Names.short(line.name) + (same > 0 ? " (dashed)" : ""))
    }
    script.add("set xtics (\(tics)); set errorbars 0; set errorbars lc rgb '\(Palette.axis)'")
    script.add("set xrange [\(GnuplotScript.number(first - 0.06)):\(GnuplotScript.number(last + 0.06))]")
    let range = log10(values.min() ?? 0.01)...log10(values.max() ?? 1)
    script.add(
      "set yrange [\(GnuplotScript.number(range.lowerBound - 0.08)):\(GnuplotScript.number(range.upperBound + 0.08))]"
    )
    script.add(GnuplotScript.roundTics("y", range))
    let top = 334 - key.height(in: 860)
    script.panel(left: 70, right: 420, bottom: 54, top: top)
    script.add(
      "set xlabel 'Training trajectories'; set ylabel 'Median AN-RFMAE, steps \(analysis.windows[analysis.windows.count - 1])' offset 0.5,0"
    )
    script.plot(medians)
    script.panel(left: 500, right: 850, bottom: 54, top: top)
    script.add("set ytics auto; set yrange [0:*]; set ylabel 'Forecasts that blew up (%)' offset 1,0")
    script.plot(rates)
    key.finish(&script)
    return Figure(
      "training-size", title: "Error and blow-ups against the size of the training set",
      caption:
        "Left: median error over the whole horizon of forecasts that did not blow up; right: forecasts that blew up. Bars: "
        + "95 % intervals, two-way bootstrap over members and test trajectories.",
      .gnuplot(script.text(name: "training-size")))
  }
}
