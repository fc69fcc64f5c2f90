import EnsembleAnalysis

/// Coverage of the ensembles' central bands against their level.
enum CalibrationFigure {
  static func figure(_ analysis: StudyAnalysis) -> Figure? {
    let shown = analysis.featured().filter { ($0.ensemble?.members ?? 0) >= 2 }
    guard !shown.isEmpty else { return nil }
    var script = GnuplotScript(width: 560, height: 400)
    script.add("set xrange [0:100]; set yrange [0:100]; set xtics 20; set ytics 20")
    script.panel(left: 62, right: 372, bottom: 56, top: 388)
    script.add(
      "set xlabel 'Level of the central band (%)'; set ylabel 'States and rows within it (%)' offset 0.5,0")
    script.add(
      "set key at screen 0.69,0.96 left top Left reverse vertical samplen 1.6 spacing 1.3 textcolor rgb '\(Palette.ink)' font ',10.5'"
    )
    var parts: [String] = []
    for (index, variant) in shown.enumerated() {
      guard let ensemble = variant.ensemble else { continue }
      let coverage = ensemble.coverage(replicates: analysis.replicates)
      let rows = zip(EnsembleAccuracy.levels, coverage).map { level, interval in
        [100 * level] + [interval?.estimate, interval?.lower, interval?.upper].map { 100 * ($0 ?? .nan) }
      }
      let colour = Palette.series[index % Palette.series.count]
      script.data("c\(index)", [[0, 0, 0, 0]] + rows)
      parts.append(
        "$c\(index) using 1:3:4 with filledcurves fs transparent solid 0.18 noborder lc rgb '\(colour)' notitle"
      )
      parts.append(
        "$c\(index) using 1:2 with linespoints pt \([7, 5, 9, 11, 13, 15][index % 6]) pi 4 ps 0.5 lw 1.6 lc rgb '\(colour)' title \(GnuplotScript.quoted(Names.short(variant.variant.name, to: 26)))"
      )
    }
    let members = shown.compactMap { $0.ensemble }.first
    let slope = members.map { $0.exchangeableCoverage(1) } ?? 1
    parts.append(
      "\(GnuplotScript.number(slope))*x with lines dt 2 lw 1.2 lc rgb '\(Palette.axis)' title 'one more member'"
    )
    script.plot(parts)
    return Figure(
      "calibration", title: "Calibration of ensemble forecasts",
      caption:
        "Share of all states and rows of \(analysis.forecastTrajectories) test trajectories that lie within the central "
        + "band of the members. Dashed: what it would be if the truth behaved like one more member. Below the dashed line "
        + "the bands are too narrow: members that differ by initialisation alone share errors of data and architecture. "
        + "Shades: 95 % intervals over trajectories.", .gnuplot(script.text(name: "calibration")))
  }
}
