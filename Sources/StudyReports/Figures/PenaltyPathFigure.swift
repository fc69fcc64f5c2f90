import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// Validation error and weights left along a penalty path.
enum PenaltyPathFigure {
  static func figure(_ path: PathStatistics) -> Figure? {
    if path.target != nil { return nil }
    let candidates = path.candidates.filter { $0.weight > 0 && ($0.error ?? 0) > 0 }.sorted {
      $0.weight < $1.weight
    }
    guard candidates.count >= 2 else { return nil }
    let name = "penalty-path-\(path.path)"
    var script = GnuplotScript(width: 860, height: 330)
    script.add("set multiplot")
    var rows: [[Double]] = []
    for candidate in candidates {
      let error = candidate.error ?? .nan
      let deviation = candidate.standardError ?? 0
      rows.append([
        log10(candidate.weight), log10(error), log10(max(error - deviation, error / 10)),
        log10(error + deviation),
        log10(max(1, candidate.weightsLeft.mean ?? .nan)),
        log10(max(1, candidate.weightsLeft.minimum ?? .nan)),
        log10(max(1, candidate.weightsLeft.maximum ?? .nan)), candidate.variant == path.chosen ? 1 : 0,
      ])
    }
    script.data("path", rows)
    var key = FigureKey()
    key.add(.point(type: 7, size: 0.6, colour: Palette.blue), "weights of the path")
    key.add(.point(type: 6, size: 1.3, colour: Palette.vermilion), "chosen by \(path.rule.rawValue)")
    let top = 324 - key.height(in: 860)
    let x = rows.map { $0[0] }
    let (low, high) = ((x.min() ?? 0) - 0.15, (x.max() ?? 1) + 0.15)
    script.add("set xrange [\(GnuplotScript.number(low)):\(GnuplotScript.number(high))]; set errorbars 0")
    script.add(GnuplotScript.roundTics("x", low...high))
    script.add("set xlabel 'Weight of the penalty'")
    for (panel, columns) in ["1:2:3:4", "1:5:6:7"].enumerated() {
      let left = panel == 0 ? 74.0 : 510.0
      let values = rows.flatMap { panel == 0 ? $0[2...3] : $0[5...6] }.filter(\.isFinite)
      let (bottom, upper) = ((values.min() ?? 0) - 0.06, (values.max() ?? 1) + 0.06)
      script.panel(left: left, right: left + 336, bottom: 54, top: top)
      script.add("set yrange [\(GnuplotScript.number(bottom)):\(GnuplotScript.number(upper))]")
      script.add(GnuplotScript.roundTics("y", bottom...upper))
      script.add(
        panel == 0
          ? "set ylabel 'Validation error (AN-RFMAE)' offset 0.5,0" : "set ylabel 'Weights left' offset 0.5,0"
      )
      let place = columns.prefix(3)
      script.plot([
        "$path using \(columns) with yerrorbars pt 0 lw 1 lc rgb '\(Palette.axis)'",
        "$path using \(place) with lines lw 1.4 lc rgb '\(Palette.blue)'",
        "$path using \(place) with points pt 7 ps 0.6 lc rgb '\(Palette.blue)'",
        "$path using ($8 > 0 ? $1 : NaN):\(panel == 0 ? 2 : 5) with points pt 6 ps 1.3 lw 1.6 lc rgb '\(Palette.vermilion)'",
      ])
    }
    key.finish(&script)
    return Figure(
      name, title: "Penalty path \(path.path)",
      caption:
        "Left: mean error of \(path.validationTrajectories) validation trajectories over steps \(path.window), a forecast "
        + "that blew up counting as 3; bars: one standard error over trajectories. Right: weights left, mean and range over "
        + "members. \(path.reason)", .gnuplot(script.text(name: name)))
  }
}
