import DynamicalSystems
import EnsembleAnalysis
import EnsembleStudies
import Foundation

/// The forecast of one trajectory: a panel for each state, with bands, and for each input.
struct ForecastFigure {
  let signals: Signals
  /// Every how many rows the forecast has one.
  let stride: Int
  let trajectory: Trajectory
  let forecast: EnsembleForecast
  /// Whether the states of the trajectory are known, and not only the first.
  let hasTruth: Bool

  func figure(name: String, title: String, caption: String) -> Figure {
    let (n, m) = (signals.states, signals.names.count - signals.states)
    let columns = 3
    let rows = (n + m + columns - 1) / columns
    let (width, cell) = (860.0, 128.0)
    let height = 56 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot; unset key; set border 3")
    let hours = trajectory.samplingTime / 3600
    let usesHours = hours * Double(trajectory.rowCount) > 1
    let unit = usesHours ? hours : trajectory.samplingTime
    script.add("set xrange [0:\(GnuplotScript.number(unit * Double(trajectory.rowCount - 1)))]")
    script.add("set ytics font ',9'; set xtics font ',9'; set format y '%g'")
    // At most 500 points a line.
    let step = max(1, (forecast.rows + 499) / 500)
    let shown = Swift.stride(from: 0, to: forecast.rows, by: step)
    for index in 0..<n + m {
      let (column, row) = (index % columns, index / columns)
      let panel = (width - 24) / Double(columns)
      let left = 12 + Double(column) * panel + 58
      let top = height - 40 - Double(row) * cell
      script.panel(left: left, right: 12 + Double(column + 1) * panel - 10, bottom: top - cell + 32, top: top)
      let meaning = signals.title(index)
      script.add("set title \(GnuplotScript.quoted(Names.short(meaning, to: 42))) offset 0,-0.8 font ',10'")
      script.add("set ylabel \(GnuplotScript.quoted(signals.unit(index))) offset 1.6,0 font ',10'")
      let isLast = index + columns >= n + m
      script.add("set xlabel \(isLast ? (usesHours ? "'Time (h)'" : "'Time (s)'") : "''") offset 0,0.6 font ',10'")
      script.add("set yrange [*:*]; set offsets 0,0,graph 0.06,graph 0.06")
      if index < n {
        script.data(
          "x\(index)",
          shown.map { at in
            let place = at * stride
            return [unit * Double(place)] + (0..<5).map { forecast.quantile($0, row: at, state: index) }
              + [hasTruth ? trajectory.states[place * n + index] : .nan]
          })
        var parts = [
          "$x\(index) using 1:2:6 with filledcurves fs transparent solid 0.20 noborder lc rgb '\(Palette.blue)'",
          "$x\(index) using 1:3:5 with filledcurves fs transparent solid 0.35 noborder lc rgb '\(Palette.blue)'",
        ]
        if hasTruth { parts.append("$x\(index) using 1:7 with lines lw 1.1 lc rgb '\(Palette.ink)'") }
        parts.append("$x\(index) using 1:4 with lines lw 1.3 lc rgb '\(Palette.blue)'")
        script.plot(parts)
      } else {
        script.data("u\(index)", inputRows(index - n, unit: unit))
        script.plot(["$u\(index) using 1:2 with steps lw 0.9 lc rgb '\(Palette.axis)'"])
      }
    }
    script.panel(left: 0, right: width, bottom: height - 20, top: height)
    for command in [
      "unset title; unset xlabel; unset ylabel; unset tics; unset border; unset grid; set offsets; set xrange [0:1]; set yrange [0:1]",
      "set key at screen 0.985,\(GnuplotScript.number(1 - 9 / height)) right center horizontal samplen 1.6",
    ] { script.add(command) }
    script.plot(
      (hasTruth ? ["NaN with lines lw 1.1 lc rgb '\(Palette.ink)' title 'simulated or measured'"] : []) + [
        "NaN with lines lw 1.3 lc rgb '\(Palette.blue)' title 'median of members'",
        "NaN with filledcurves fs transparent solid 0.45 noborder lc rgb '\(Palette.blue)' title '50 %'",
        "NaN with filledcurves fs transparent solid 0.20 noborder lc rgb '\(Palette.blue)' title '90 % of members'",
        "NaN with lines lw 0.9 lc rgb '\(Palette.axis)' title 'input'",
      ])
    return Figure(name, title: title, caption: caption, .gnuplot(script.text(name: name)))
  }

  /// At most 1,000 points: of each group of rows the least and the largest, so that single impulses stay.
  private func inputRows(_ input: Int, unit: Double) -> [[Double]] {
    let m = trajectory.inputNames.count
    let rows = trajectory.rowCount
    let group = max(1, (rows + 499) / 500)
    return Swift.stride(from: 0, to: rows, by: group).flatMap { first -> [[Double]] in
      let values = (first..<min(rows, first + group)).map { ($0, trajectory.inputs[$0 * m + input]) }
      guard let low = values.min(by: { $0.1 < $1.1 }), let high = values.max(by: { $0.1 < $1.1 }) else { return [] }
      let ends = low.1 == high.1 ? [values[0]] : [low, high].sorted { $0.0 < $1.0 }
      return ends.map { [unit * Double($0.0), $0.1] }
    }
  }
}
