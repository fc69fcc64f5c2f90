import EnsembleAnalysis
import EnsembleStudies
import Foundation
import TrajectoryData

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
    let (width, cell) = (860.0, 116.0)
    let height = 64 + cell * Double(rows)
    var script = GnuplotScript(width: width, height: height)
    script.add("set multiplot; set border 3")
    let hours = trajectory.samplingTime / 3600
    let usesHours = hours * Double(trajectory.rowCount) > 1
    let unit = usesHours ? hours : trajectory.samplingTime
    script.add("set xrange [0:\(GnuplotScript.number(unit * Double(trajectory.rowCount - 1)))]")
    script.add("set format y '%g'")
    // At most 500 points a line.
    let step = max(1, (forecast.rows + 499) / 500)
    let shown = Swift.stride(from: 0, to: forecast.rows, by: step)
    for index in 0..<n + m {
      let (column, row) = (index % columns, index / columns)
      let panel = (width - 24) / Double(columns)
      let left = 6 + Double(column) * panel + 52
      let top = height - 44 - Double(row) * cell
      script.panel(left: left, right: 12 + Double(column + 1) * panel - 6, bottom: top - cell + 26, top: top)
      let unitName = signals.unit(index).isEmpty ? "" : " (\(signals.unit(index)))"
      script.add(
        "set title \(GnuplotScript.quoted(Names.short(signals.title(index), to: 50) + unitName)) offset 0,-0.8 font 'Liberation Sans,10'"
      )
      // Time stands below the lowest panel of each column.
      let isLast = index + columns >= n + m
      script.add("set xtics font ',9' \(isLast ? "format '%g'" : "format ''"); set ytics font ',9'")
      script.add(
        "set xlabel \(isLast ? (usesHours ? "'Time (h)'" : "'Time (s)'") : "''") offset 0,0.5 font ',10'")
      let (low, high) = range(index)
      let margin = high > low ? 0.07 * (high - low) : max(1e-9, abs(high)) * 0.1
      script.add("set yrange [\(GnuplotScript.number(low - margin)):\(GnuplotScript.number(high + margin))]")
      script.add(GnuplotScript.tics("y", low, high))
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
    var key = FigureKey()
    if hasTruth { key.add(.line(colour: Palette.ink, width: 1.1, dash: 1), "simulated or measured") }
    key.add(.line(colour: Palette.blue, width: 1.3, dash: 1), "median of members")
    key.add(.band(colour: Palette.blue, opacity: 0.48), "50 % of members")
    key.add(.band(colour: Palette.blue, opacity: 0.2), "90 % of members")
    key.add(.line(colour: Palette.axis, width: 0.9, dash: 1), "input")
    key.finish(&script)
    return Figure(name, title: title, caption: caption, .gnuplot(script.text(name: name)))
  }

  /// The least and largest value in a panel.
  private func range(_ index: Int) -> (Double, Double) {
    let n = signals.states
    var values: [Double]
    if index < n {
      values = (0..<forecast.rows).flatMap { row in
        [0, 4].map { forecast.quantile($0, row: row, state: index) }
      }
      if hasTruth {
        values += Swift.stride(from: index, to: trajectory.states.count, by: n).map { trajectory.states[$0] }
      }
    } else {
      values = Swift.stride(from: index - n, to: trajectory.inputs.count, by: trajectory.inputNames.count)
        .map { trajectory.inputs[$0] }
    }
    values = values.filter(\.isFinite)
    return (values.min() ?? 0, values.max() ?? 1)
  }

  /// At most 1,000 points: of each group of rows the least and the largest, so that single impulses stay.
  private func inputRows(_ input: Int, unit: Double) -> [[Double]] {
    let m = trajectory.inputNames.count
    let rows = trajectory.rowCount
    let group = max(1, (rows + 499) / 500)
    return Swift.stride(from: 0, to: rows, by: group).flatMap { first -> [[Double]] in
      let values = (first..<min(rows, first + group)).map { ($0, trajectory.inputs[$0 * m + input]) }
      guard let low = values.min(by: { $0.1 < $1.1 }), let high = values.max(by: { $0.1 < $1.1 }) else {
        return []
      }
      let ends = low.1 == high.1 ? [values[0]] : [low, high].sorted { $0.0 < $1.0 }
      return ends.map { [unit * Double($0.0), $0.1] }
    }
  }
}
